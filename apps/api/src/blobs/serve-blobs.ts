import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Authenticator, Caller } from '@imgsrv/auth';
import type { Digest } from '@imgsrv/cas';
import { credentialOf } from '../access/credential.js';
import { readLinkOf } from '../access/read-link.js';
import { setRoute } from '../http/route-template.js';
import type { AuthenticationMetrics } from '../metrics/authentication-metrics.js';
import { actAs, currentActor } from '../server/current-actor.js';
import type { Step } from '../server/frame.js';
import type { BlobAnswers } from './blob-answers.js';

interface Parts {
  readonly authenticator: Authenticator;
  readonly metrics: AuthenticationMetrics;
  readonly blobs: BlobAnswers;
}

const BLOB = /^\/v1\/blobs\/(sha256:[0-9a-f]{64})$/;
const TEMPLATE = '/v1/blobs/:digest';

/**
 * Answers who asks for a blob, as `BlobsController` does and sooner: clients fetch large ones by thousands of ranges. A request whose
 * credential cannot be read, or that came by a link, is left to the route.
 */
export function serveBlobs(parts: Parts): Step {
  return (request, response, next) => {
    const digest = BLOB.exec(request.url ?? '')?.[1];
    if (digest === undefined || !isPlainRead(request)) {
      next();
      return;
    }
    setRoute(request, TEMPLATE, { digest });
    answer(parts, request, response, digest as Digest).catch((thrown: unknown) => {
      next({ thrown });
    });
  };
}

function isPlainRead(request: IncomingMessage): boolean {
  const { authorization } = request.headersDistinct;
  return (
    (request.method === 'GET' || request.method === 'HEAD') &&
    readLinkOf(request) === undefined &&
    (authorization === undefined || credentialOf(authorization) !== undefined)
  );
}

async function answer(
  { authenticator, metrics, blobs }: Parts,
  request: IncomingMessage,
  response: ServerResponse,
  digest: Digest,
): Promise<void> {
  const { authorization } = request.headers;
  const credential = credentialOf(request.headersDistinct.authorization);
  let caller: Caller | undefined;
  if (credential !== undefined) {
    // What it is answered is for this caller, whatever becomes of the credential.
    response.setHeader('Vary', 'Authorization');
    try {
      caller = await authenticator.authenticate(credential, currentActor().source);
    } catch (error) {
      metrics.ended(authorization, error);
      throw error;
    }
    metrics.ended(authorization);
    actAs(caller);
  }
  await blobs.send(request, response, digest, caller);
}
