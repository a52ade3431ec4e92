import { readFile } from 'node:fs/promises';
import { HttpClient } from '../support/http-client.js';
import { PublisherClient } from '../fixtures/publisher-client.js';
import { buildTestImages, type TestImages } from '../fixtures/test-images.js';
import { startService, type RunningService } from '../support/service.js';
import { waitFor } from '../support/wait-for.js';
import type { Remote } from './image-client.js';

/** A running service, someone who may publish to it, real files to publish and the way clients reach it. */
export interface ServedImages {
  readonly service: RunningService;
  readonly publisher: PublisherClient;
  /** Manages principals. */
  readonly manager: HttpClient;
  readonly files: TestImages;
  readonly remote: Required<Remote>;
  /** Someone else who may publish, but only images that these patterns cover. */
  enrollTeam(imagePattern: string): Promise<PublisherClient>;
  /** Resolves when the product document contains `text`; replicas notice a publication within a second. */
  waitUntilServed(text: string): Promise<void>;
}

/** Starts an https service before the tests of the suite and stops it after them; call the result inside a test. */
export function serveImages(): () => ServedImages {
  let served: ServedImages | undefined;

  beforeAll(async () => {
    const files = await buildTestImages();
    const service = await startService({ tls: true });
    try {
      served = await connect(service, files);
    } catch (error) {
      await service.stop();
      throw error;
    }
  }, 120_000);

  afterAll(async () => {
    await served?.service.stop();
  }, 60_000);

  return () => {
    if (served === undefined) throw new Error('the service did not start');
    return served;
  };
}

async function connect(service: RunningService, files: TestImages): Promise<ServedImages> {
  const certificateFile = service.certificateFile;
  if (certificateFile === undefined) throw new Error('the service was started without a certificate');
  const ca = await readFile(certificateFile, 'utf8');
  const { baseUrl, bootstrapToken } = service;
  return {
    service,
    files,
    publisher: await PublisherClient.enroll({ baseUrl, ca }, bootstrapToken),
    enrollTeam: (imagePattern) => PublisherClient.enroll({ baseUrl, ca }, bootstrapToken, [imagePattern]),
    manager: new HttpClient(baseUrl, bootstrapToken, ca),
    remote: { baseUrl, certificateFile },
    waitUntilServed: async (text) => {
      await waitFor(async () => {
        const { bytes } = await new HttpClient(baseUrl, undefined, ca).get('/streams/v1/images.json');
        return bytes.includes(text);
      });
    },
  };
}
