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

/** A new principal that has these roles. */
export async function enroll({ manager }: ContractService, roles: readonly string[]): Promise<HttpClient> {
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
