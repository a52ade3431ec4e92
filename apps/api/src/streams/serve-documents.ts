import type { IncomingMessage } from 'node:http';
import { audienceOf } from '@imgsrv/catalog';
import type { AudienceStreams, StreamsDocuments } from '@imgsrv/streams';
import { readLinkOf } from '../access/read-link.js';
import { setRoute } from '../http/route-template.js';
import type { Step } from '../server/frame.js';
import { sendDocument } from '../surface/send-document.js';

const DOCUMENTS: ReadonlyMap<string, 'index' | 'images'> = new Map([
  ['/streams/v1/index.json', 'index'],
  ['/streams/v1/images.json', 'images'],
]);

/**
 * Answers who asks for the documents that everybody may see, without a credential, as `StreamsController` does and sooner: every
 * client asks for them, and again. Whatever is not plain, be it a method, a credential, a condition that fails or a database that is
 * away, is left to the route.
 */
export function serveDocuments(streams: AudienceStreams): Step {
  const everybody = streams.of(audienceOf('anyone'));
  return (request, response, next) => {
    const { url = '' } = request;
    const document = DOCUMENTS.get(url);
    if (document === undefined || !isAnonymousRead(request)) {
      next();
      return;
    }
    const send = (documents: StreamsDocuments): void => {
      sendDocument(request, response, documents[document], documents.lastModified);
      // Metrics and traces name what answered, once it has.
      setRoute(request, url);
    };
    everybody
      .documents()
      .then(send)
      .catch(() => {
        next();
      });
  };
}

function isAnonymousRead(request: IncomingMessage): boolean {
  return (
    (request.method === 'GET' || request.method === 'HEAD') &&
    request.headers.authorization === undefined &&
    readLinkOf(request) === undefined
  );
}
