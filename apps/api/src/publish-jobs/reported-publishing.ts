import {
  type NewRelease,
  type PublishJob,
  Publishing,
  type Releaser,
  Releases,
  type Viewer,
} from '@imgsrv/catalog';
import { StreamsReports } from '@imgsrv/streams';
import type { ReportedPublishJob } from './publish-job.dto.js';

/** Publishing, with what each publish found of the artifacts. */
export class ReportedPublishing {
  constructor(
    private readonly publishing: Publishing,
    private readonly releases: Releases,
    private readonly reports: StreamsReports,
  ) {}

  async publish(image: string, version: string, publisher: string): Promise<ReportedPublishJob> {
    return this.withReports(await this.publishing.publish(image, version, publisher));
  }

  async release(
    image: string,
    version: string,
    release: NewRelease,
    releaser: Releaser,
  ): Promise<ReportedPublishJob> {
    return this.withReports(await this.releases.release(image, version, release, releaser));
  }

  async getJob(jobId: string): Promise<ReportedPublishJob> {
    return this.withReports(await this.publishing.getJob(jobId));
  }

  /** Without reports: a list does not show them. */
  list(viewer: Viewer, limit: number): Promise<PublishJob[]> {
    return this.publishing.list(viewer, limit);
  }

  async getJobOfVersion(image: string, version: string): Promise<ReportedPublishJob> {
    return this.withReports(await this.publishing.getJobOfVersion(image, version));
  }

  async retry(jobId: string): Promise<ReportedPublishJob> {
    return this.withReports(await this.publishing.retry(jobId));
  }

  async cancel(jobId: string): Promise<ReportedPublishJob> {
    return this.withReports(await this.publishing.cancel(jobId));
  }

  /** What is known of a version says nothing of a publish of it that was given up. */
  private async withReports(job: PublishJob): Promise<ReportedPublishJob> {
    return { job, reports: job.state === 'canceled' ? [] : await this.reports.forVersion(job.versionId) };
  }
}
