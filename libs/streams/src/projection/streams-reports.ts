import type { ArtifactId, VersionId } from '@imgsrv/catalog';
import type { Database } from '@imgsrv/platform';
import type { StreamsClient } from '../clients.js';
import type { StreamsReport } from './streams-report.js';

interface ReportRow {
  readonly artifact_id: ArtifactId;
  readonly client: StreamsClient;
  readonly projected: boolean;
  readonly reason: string | null;
}

/** What became of the artifacts of a version in Simple Streams. */
export class StreamsReports {
  constructor(private readonly database: Database) {}

  /** One report for each artifact and client, by artifact; none before the version was indexed for the first time. */
  async forVersion(versionId: VersionId): Promise<StreamsReport[]> {
    const rows = await this.database.rows<ReportRow>(
      `SELECT artifact_id, client, projected, reason FROM stream_reports
        WHERE version_id = $1 ORDER BY artifact_id, client`,
      [versionId],
    );
    return rows.map(toReport);
  }
}

function toReport(row: ReportRow): StreamsReport {
  return {
    artifactId: row.artifact_id,
    client: row.client,
    projected: row.projected,
    ...(row.reason === null ? {} : { reason: row.reason }),
  };
}
