import { BlobReader, MadeBlobs, type ObjectStore } from '@imgsrv/cas';
import { type DiskLimits, HEADER_INSPECTOR, type PublishStepName } from '@imgsrv/catalog';
import type { Database, Logger } from '@imgsrv/platform';
import { StreamsProjection } from '@imgsrv/streams';
import { DeltaMaker, type DeltaSettings } from './deltas/delta-maker.js';
import type { PublishStep } from './publish-step.js';
import { finalizePublish } from './steps/finalize-publish.step.js';
import { incusIndex } from './steps/incus-index.step.js';
import { makeDeltas } from './steps/make-deltas.step.js';
import { makeMetadata } from './steps/make-metadata.js';
import { validateCatalog } from './steps/validate-catalog.step.js';

export interface PublishParts {
  readonly database: Database;
  readonly store: ObjectStore;
  readonly disks: DiskLimits;
  readonly deltas: DeltaSettings;
  readonly logger: Logger;
}

/** How each of PUBLISH_STEPS is done. A new step is one file or one line here, and its name there. */
export function createPublishPipeline({
  database,
  store,
  disks,
  deltas,
  logger,
}: PublishParts): Readonly<Record<PublishStepName, PublishStep>> {
  const blobs = new BlobReader(database, store);
  const made = new MadeBlobs(database, store, HEADER_INSPECTOR);
  return {
    validate_catalog: validateCatalog(database, blobs, disks),
    make_deltas: makeDeltas(database, blobs, new DeltaMaker(blobs, made, deltas), logger),
    incus_index: incusIndex(makeMetadata(database, made), new StreamsProjection(database), blobs),
    finalize_publish: finalizePublish(),
  };
}
