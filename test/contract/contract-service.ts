import { PublisherClient } from '../fixtures/publisher-client.js';
import { type RunningService, type ServiceOptions, startService } from '../support/service.js';
import { HttpClient } from './http-client.js';

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
  const { baseUrl } = running;
  const manager = new HttpClient(baseUrl, running.bootstrapToken);
  const token = await issueWriterToken(manager);
  return {
    running,
    anonymous: new HttpClient(baseUrl),
    writer: new HttpClient(baseUrl, token),
    manager,
    publisher: new PublisherClient({ baseUrl }, token),
    stop: () => running.stop(),
  };
}

async function issueWriterToken(manager: HttpClient): Promise<string> {
  const created = await manager.post('/v1/auth/principals', { kind: 'service', display_name: 'writer' });
  const principal = created.headers.location ?? '';
  await manager.send('PUT', `${principal}/roles/content-writer`);
  const issued = await manager.post(`${principal}/api-tokens`, {
    expires_at: new Date(Date.now() + 3_600_000).toISOString(),
  });
  expect(issued.status).toBe(201);
  return (issued.json as { readonly plaintext: string }).plaintext;
}
