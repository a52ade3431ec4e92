import { BlobReader, type ObjectStore } from '@imgsrv/cas';
import type { Database } from '@imgsrv/platform';
import { StreamsProjection } from '@imgsrv/streams';
import type { PublishStep } from './publish-step.js';
import { finalizePublish } from './steps/finalize-publish.step.js';
import { incusIndex } from './steps/incus-index.step.js';
import { validateCatalog } from './steps/validate-catalog.step.js';

/** What a publish does, in this order. A new step is one file and one line here, and one line in PUBLISH_STEPS. */
export function createPublishPipeline(database: Database, store: ObjectStore): readonly PublishStep[] {
  return [
    validateCatalog(database),
    incusIndex(new StreamsProjection(database), new BlobReader(database, store)),
    finalizePublish(),
  ];
}
