import { BlobReader, type ObjectStore } from '@imgsrv/cas';
import type { DiskLimits, PublishStepName } from '@imgsrv/catalog';
import type { Database } from '@imgsrv/platform';
import { StreamsProjection } from '@imgsrv/streams';
import type { PublishStep } from './publish-step.js';
import { finalizePublish } from './steps/finalize-publish.step.js';
import { incusIndex } from './steps/incus-index.step.js';
import { validateCatalog } from './steps/validate-catalog.step.js';

/** How each of PUBLISH_STEPS is done. A new step is one file or one line here, and its name there. */
export function createPublishPipeline(
  database: Database,
  store: ObjectStore,
  disks: DiskLimits,
): Readonly<Record<PublishStepName, PublishStep>> {
  const blobs = new BlobReader(database, store);
  return {
    validate_catalog: validateCatalog(database, blobs, disks),
    incus_index: incusIndex(new StreamsProjection(database), blobs),
    finalize_publish: finalizePublish(),
  };
}
