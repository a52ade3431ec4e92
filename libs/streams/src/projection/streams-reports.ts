import type { ArtifactId, VersionId } from '@imgsrv/catalog';
import { type Database, SharedLookup } from '@imgsrv/platform';
import type { StreamsClient } from '../clients.js';
import type { StreamsReport } from './streams-report.js';

interface ReportRow {
  readonly version_id: VersionId;
  readonly artifact_id: ArtifactId;
  readonly client: StreamsClient;
  readonly projected: boolean;
  readonly reason: string | null;
}

/** What became of the artifacts of a version in Simple Streams. */
export class StreamsReports {
  private readonly reports: SharedLookup<VersionId, StreamsReport[]>;

  constructor(private readonly database: Database) {
    this.reports = new SharedLookup((ids) => this.forVersions(ids));
  }

  /** One report for each artifact and client, by artifact; none before the version was indexed for the first time. */
  async forVersion(versionId: VersionId): Promise<StreamsReport[]> {
    return (await this.reports.get(versionId)) ?? [];
  }

  private async forVersions(ids: readonly VersionId[]): Promise<Map<VersionId, StreamsReport[]>> {
    const rows = await this.database.rows<ReportRow>(
      `SELECT version_id, artifact_id, client, projected, reason FROM stream_reports
        WHERE version_id = ANY ($1::uuid[]) ORDER BY version_id, artifact_id, client`,
      [ids],
    );
    const reports = new Map<VersionId, StreamsReport[]>(ids.map((id) => [id, []]));
    for (const row of rows) {
      reports.get(row.version_id)?.push(toReport(row));
    }
    return reports;
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
