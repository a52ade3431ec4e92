import type { BreakableService } from './breakable-service.js';
import { Publisher } from './publisher.js';
import type { Managers } from './scenario.js';

const ROLES = ['content-writer', 'content-admin', 'storage-manager'];

/** A publisher who may do everything with images, and who sets its quota. */
export async function enrollAll(service: BreakableService): Promise<Managers> {
  const manager = service.as(service.bootstrapToken);
  const json = { kind: 'service', display_name: 'publisher' };
  const person = await manager.call('POST', '/v1/auth/principals', { first: [201] }, { json });
  const path = `/v1/auth/principals/${String(person.members.id)}`;
  for (const role of ROLES) {
    await manager.call('PUT', `${path}/roles/${role}`, { first: [204] });
  }
  const expires_at = new Date(Date.now() + 6 * 3_600_000).toISOString();
  const token = await manager.call('POST', `${path}/api-tokens`, { first: [201] }, { json: { expires_at } });
  return {
    publisher: new Publisher(service.as(String(token.members.plaintext))),
    quota: `${path}/quota`,
    manager,
  };
}
