import { PublisherClient } from '../fixtures/publisher-client.js';
import { type RunningService, type ServiceOptions, startService } from '../support/service.js';
import { HttpClient } from '../support/http-client.js';
import { askBroker } from '../support/run-broker.js';
import { brokerSocket, runFolder } from '../support/run-folder.js';
import type { SharedService } from '../support/shared-service.js';

/** One caller of each sort. */
interface Callers {
  readonly anonymous: HttpClient;
  /** May write content. */
  readonly writer: HttpClient;
  /** May manage principals, but not write content. */
  readonly manager: HttpClient;
  /** The writer again, with whole uploads and publishes as one call. */
  readonly publisher: PublisherClient;
}

/** A running service and its callers. */
export interface ContractService extends Callers {
  readonly running: RunningService;
  stop(): Promise<void>;
}

/** The service that many suites of a run share, and callers of this suite's own. */
export interface JoinedService extends Callers {
  readonly running: SharedService;
}

/** A new principal that has these roles. */
export async function enroll({ manager }: Callers, roles: readonly string[]): Promise<HttpClient> {
  const person = await manager.post('/v1/auth/principals', { kind: 'service', display_name: roles.join() });
  const path = `/v1/auth/principals/${String(person.members.id)}`;
  for (const role of roles) {
    expect((await manager.send('PUT', `${path}/roles/${role}`)).status).toBe(204);
  }
  const expires_at = new Date(Date.now() + 3_600_000).toISOString();
  const token = await manager.post(`${path}/api-tokens`, { expires_at });
  return new HttpClient(manager.baseUrl, String(token.members.plaintext));
}

export async function startContractService(options: ServiceOptions = {}): Promise<ContractService> {
  const running = await startService(options);
  return { ...(await callersOf(running)), running, stop: () => running.stop() };
}

/**
 * For suites that neither need settings of their own nor disturb others: they make images, uploads and principals of their own, and
 * expect nothing of lists and sums of everything. The run stops the service.
 */
export async function joinContractService(): Promise<JoinedService> {
  const running = await askBroker<SharedService>(brokerSocket(runFolder()), 'service');
  return { ...(await callersOf(running)), running };
}

async function callersOf({ baseUrl, bootstrapToken }: SharedService): Promise<Callers> {
  const publisher = await PublisherClient.enroll({ baseUrl }, bootstrapToken);
  return {
    anonymous: new HttpClient(baseUrl),
    writer: publisher.http,
    manager: new HttpClient(baseUrl, bootstrapToken),
    publisher,
  };
}
