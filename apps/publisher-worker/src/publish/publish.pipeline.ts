import { BlobReader, MadeBlobs, type ObjectStore } from '@imgsrv/cas';
import { type DiskLimits, HEADER_INSPECTOR, type PublishStepName } from '@imgsrv/catalog';
import type { Database } from '@imgsrv/platform';
import { StreamsProjection } from '@imgsrv/streams';
import type { PublishStep } from './publish-step.js';
import { finalizePublish } from './steps/finalize-publish.step.js';
import { incusIndex } from './steps/incus-index.step.js';
import { makeMetadata } from './steps/make-metadata.js';
import { validateCatalog } from './steps/validate-catalog.step.js';

/** How each of PUBLISH_STEPS is done. A new step is one file or one line here, and its name there. */
export function createPublishPipeline(
  database: Database,
  store: ObjectStore,
  disks: DiskLimits,
): Readonly<Record<PublishStepName, PublishStep>> {
  const blobs = new BlobReader(database, store);
  const made = makeMetadata(database, new MadeBlobs(database, store, HEADER_INSPECTOR));
  return {
    validate_catalog: validateCatalog(database, blobs, disks),
    incus_index: incusIndex(made, new StreamsProjection(database), blobs),
    finalize_publish: finalizePublish(),
  };
}
