import type { Actor } from '@imgsrv/audit';
import type { Caller } from '@imgsrv/auth';
import { logContext } from '@imgsrv/platform';

/** By the log context of the request: each more that Node carries along would cost every request some time. */
const actors = new WeakMap<object, Actor>();

/** Who acts in the request that is being handled; the service itself outside of requests. */
export function currentActor(): Actor {
  const context = logContext.getStore();
  return (context && actors.get(context)) ?? {};
}

/** Somebody whom nobody knows yet acts in the request of this log context. */
export function actingFor(context: object, source: string | undefined, requestId: string): void {
  actors.set(context, { requestId, ...(source === undefined ? {} : { source }) });
}

/** From now on the caller acts in the request that is being handled. */
export function actAs({ principalId, credential }: Caller): void {
  const context = logContext.getStore();
  const actor = context && actors.get(context);
  if (context !== undefined && actor !== undefined) {
    actors.set(context, {
      ...actor,
      principalId,
      credentialKind: credential.kind,
      credentialId: credential.id,
    });
  }
}
