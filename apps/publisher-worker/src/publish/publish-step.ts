import type { PublishVersionPayload } from '@imgsrv/catalog';
import type { RunningJob, RunningStep } from '@imgsrv/jobs';

/**
 * One step of a publish. It may be cut off anywhere and begun again, so doing it twice is as good as once. Rejects with
 * PermanentJobError when the publisher has to change something first.
 */
export type PublishStep = (job: RunningJob<PublishVersionPayload>, step: RunningStep) => Promise<void>;
