import { type Manifest, Manifests, type Viewer } from '@imgsrv/catalog';
import { StreamsReports } from '@imgsrv/streams';
import type { ReportedManifest } from './manifest.dto.js';

/** Manifests with what the publish found of each artifact. */
export class ReportedManifests {
  constructor(
    private readonly manifests: Manifests,
    private readonly reports: StreamsReports,
  ) {}

  async get(image: string, version: string, viewer: Viewer): Promise<ReportedManifest> {
    return this.withReports(await this.manifests.get(image, version, viewer));
  }

  async getByRef(image: string, ref: string, viewer: Viewer): Promise<ReportedManifest> {
    return this.withReports(await this.manifests.getByRef(image, ref, viewer));
  }

  /** A draft may have changed since a publish that was given up looked at it. */
  private async withReports(manifest: Manifest): Promise<ReportedManifest> {
    const { id, state } = manifest.version;
    return { manifest, reports: state === 'draft' ? [] : await this.reports.forVersion(id) };
  }
}
