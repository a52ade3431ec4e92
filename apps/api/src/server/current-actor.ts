import { AsyncLocalStorage } from 'node:async_hooks';
import { isIP } from 'node:net';
import type { Actor, Caller } from '@imgsrv/auth';
import type { Request } from 'express';

const actors = new AsyncLocalStorage<{ actor: Actor }>();

/** Who acts in the request that is being handled; the service itself outside of requests. */
export function currentActor(): Actor {
  return actors.getStore()?.actor ?? {};
}

/** Handles a request whose caller is not known yet. */
export function actingFor(request: Request, requestId: string, handle: () => void): void {
  const source = sourceOf(request);
  actors.run({ actor: { requestId, ...(source === undefined ? {} : { source }) } }, handle);
}

/** What the trusted proxies say, or else who connected. */
function sourceOf({ ip, socket }: Request): string | undefined {
  return ip !== undefined && isIP(ip) !== 0 ? ip : socket.remoteAddress;
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
