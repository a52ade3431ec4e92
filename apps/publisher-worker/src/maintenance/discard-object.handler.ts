import { DISCARD_OBJECT, type DiscardedObject, type ObjectStore, removeDiscarded } from '@imgsrv/cas';
import type { JobHandler } from '@imgsrv/jobs';

/** Removes bytes that no row refers to any more. */
export function createDiscardObjectHandler(store: ObjectStore): JobHandler<DiscardedObject> {
  return {
    kind: DISCARD_OBJECT,
    run: (job) => removeDiscarded(store, job.payload),
  };
}
