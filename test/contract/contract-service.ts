import { PublisherClient } from '../fixtures/publisher-client.js';
import { type RunningService, type ServiceOptions, startService } from '../support/service.js';
import { HttpClient } from '../support/http-client.js';

/** A running service and one caller of each sort. */
export interface ContractService {
  readonly running: RunningService;
  readonly anonymous: HttpClient;
  /** May write content. */
  readonly writer: HttpClient;
  /** May manage principals, but not write content. */
  readonly manager: HttpClient;
  /** The writer again, with whole uploads and publishes as one call. */
  readonly publisher: PublisherClient;
  stop(): Promise<void>;
}

export async function startContractService(options: ServiceOptions = {}): Promise<ContractService> {
  const running = await startService(options);
  const { baseUrl, bootstrapToken } = running;
  const publisher = await PublisherClient.enroll({ baseUrl }, bootstrapToken);
  return {
    running,
    anonymous: new HttpClient(baseUrl),
    writer: publisher.http,
    manager: new HttpClient(baseUrl, bootstrapToken),
    publisher,
    stop: () => running.stop(),
  };
}
