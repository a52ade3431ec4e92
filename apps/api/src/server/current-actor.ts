import { AsyncLocalStorage } from 'node:async_hooks';
import type { IncomingMessage } from 'node:http';
import type { Actor, Caller } from '@imgsrv/auth';

const actors = new AsyncLocalStorage<{ actor: Actor }>();

/** Who acts in the request that is being handled; the service itself outside of requests. */
export function currentActor(): Actor {
  return actors.getStore()?.actor ?? {};
}

/** Handles a request whose caller is not known yet. */
export function actingFor(request: IncomingMessage, requestId: string, handle: () => void): void {
  const source = request.socket.remoteAddress;
  actors.run({ actor: { requestId, ...(source === undefined ? {} : { source }) } }, handle);
}

/** From now on the caller acts in the request that is being handled. */
export function actAs({ principalId, credential }: Caller): void {
  const store = actors.getStore();
  if (store !== undefined) {
    store.actor = {
      ...store.actor,
      principalId,
      credentialKind: credential.kind,
      credentialId: credential.id,
    };
  }
}
