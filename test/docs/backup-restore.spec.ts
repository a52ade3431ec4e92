import { mkdir } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { PublisherClient } from '../fixtures/publisher-client.js';
import { describeWith } from '../fixtures/requirement.js';
import { ServiceProcess } from '../support/service-process.js';
import { createTemporaryFolder } from '../support/temporary-folder.js';
import { waitFor } from '../support/wait-for.js';
import { type CodeBlock, readMarkdown } from './markdown.js';
import { isCommands, looksAsShown, runCommands } from './page-commands.js';
import { readPage } from './pages.js';
import { startSystemPostgres, type SystemPostgres } from './system-postgres.js';
import { sectionOf } from './tables.js';

jest.setTimeout(120_000);

const PAGE = readPage('docs/operators/backup-and-restore.md');

function commandsOf(heading: string): readonly CodeBlock[] {
  return readMarkdown(sectionOf(PAGE, heading)).blocks;
}

/** An api and a worker on these. */
class Installation {
  private constructor(
    readonly databaseUrl: string,
    readonly storageDir: string,
    readonly api: ServiceProcess,
    private readonly worker: ServiceProcess,
  ) {}

  static async start(databaseUrl: string, storageDir: string): Promise<Installation> {
    const flags = ['--storage-dir', storageDir, '--metrics-listen', ''];
    const settings = { IMGSRV_POSTGRES_URL: databaseUrl };
    const api = ServiceProcess.spawn('api', [...flags, '--listen', '127.0.0.1:0'], settings);
    const worker = ServiceProcess.spawn('worker', [...flags, '--listen', ''], settings);
    await Promise.all([api.waitUntilListening(), worker.waitUntilListening()]);
    await api.waitUntil('that it is ready', async () => (await fetch(`${api.url}/readyz`)).status === 204);
    return new Installation(databaseUrl, storageDir, api, worker);
  }

  async stop(): Promise<void> {
    for (const process of [this.api, this.worker]) {
      process.kill();
      await process.exited;
    }
  }
}

async function revoke(admin: PublisherClient, holder: PublisherClient): Promise<void> {
  const whoami = '/v1/auth/whoami';
  const { principal } = await holder.call<{ principal: { id: string } }>('GET', whoami);
  const list = `/v1/auth/principals/${principal.id}/api-tokens`;
  const { api_tokens } = await admin.call<{ api_tokens: { id: string }[] }>('GET', list);
  for (const { id } of api_tokens) {
    await admin.call('DELETE', `/v1/auth/api-tokens/${id}`);
  }
  await expect(holder.call('GET', whoami)).rejects.toMatchObject({ status: 401 });
}

describeWith(['commands', 'postgres'], 'what the page on back-ups says', () => {
  let server: SystemPostgres;
  let folder: string;
  let restored: Installation;
  let publisher: PublisherClient;
  /** Whose token was revoked after the dump. */
  let revoked: PublisherClient;
  const [kept, attached, later] = [
    randomBytes(300_000).fill('kept', 0, 4),
    randomBytes(500),
    randomBytes(700),
  ];

  async function run(heading: string, which: Installation | undefined, ...indices: readonly number[]) {
    const blocks = commandsOf(heading);
    const chosen = blocks.filter(isCommands).filter((_block, index) => indices.includes(index));
    return runCommands(chosen, {
      folder,
      variables: {
        IMGSRV_POSTGRES_URL: which?.databaseUrl ?? (await server.createDatabase('restored')),
        IMGSRV_STORAGE_DIR: which?.storageDir ?? join(folder, 'restored'),
      },
    });
  }

  beforeAll(async () => {
    server = await startSystemPostgres();
    folder = (await createTemporaryFolder('backup')).path;
    await mkdir(join(folder, 'original'));
    const original = await Installation.start(
      await server.createDatabase('original'),
      join(folder, 'original'),
    );
    const token = await waitFor(() => /^imgsrv bootstrap token: (\S+)$/m.exec(original.api.stdout)?.[1]);
    publisher = await PublisherClient.enroll({ baseUrl: original.api.url }, token);
    await publishRaw(publisher, 'kept', kept);
    revoked = await PublisherClient.enroll({ baseUrl: original.api.url }, token);
    await run('## Back up', original, 0, 1);
    await publishRaw(publisher, 'later', later);
    await revoke(new PublisherClient({ baseUrl: original.api.url }, token), revoked);
    await run('## Back up', original, 0, 2);
    await original.stop();

    await run('## Restore', undefined, 0, 1, 2);
    restored = await Installation.start(
      original.databaseUrl.replace('/original', '/restored'),
      join(folder, 'restored'),
    );
    publisher = new PublisherClient({ baseUrl: restored.api.url }, publisher.token);
    revoked = new PublisherClient({ baseUrl: restored.api.url }, revoked.token);
  }, 120_000);

  afterAll(async () => {
    await restored.stop();
    await server.stop();
  }, 60_000);

  async function publishRaw(client: PublisherClient, image: string, bytes: Buffer): Promise<void> {
    await client.createImage(image);
    await client.createVersion(image, '1.0');
    const { id } = await client.addArtifact(image, '1.0', {
      format: 'raw',
      blob: await client.uploadFile(bytes),
    });
    await client.addAttachment(image, '1.0', id, { name: 'notes', blob: await client.uploadFile(attached) });
    await client.publish(image, '1.0');
    await client.setAlias(image, 'latest', '1.0');
  }

  it('serves what was published before the dump, byte for byte', async () => {
    const { artifacts } = await publisher.call<{ artifacts: { artifact: { id: string } }[] }>(
      'GET',
      '/v1/images/kept/refs/latest',
    );
    const path = `/v1/images/kept/versions/1.0/artifacts/${artifacts[0]?.artifact.id ?? ''}/download`;
    const answer = await fetch(`${restored.api.url}${path}`);
    expect(Buffer.from(await answer.arrayBuffer()).equals(kept)).toBe(true);
  });

  it('has the bytes of every blob', async () => {
    const blocks = commandsOf('## Look whether all is there');
    const [checked] = await runCommands(blocks, { folder, variables: {} }, [
      `export IMGSRV_POSTGRES_URL='${restored.databaseUrl}' IMGSRV_STORAGE_DIR='${restored.storageDir}'`,
    ]);
    expect(looksAsShown(checked?.output ?? '', checked?.shown ?? '')).toBe(true);
  });

  it('does not know what came after the dump, and takes it again', async () => {
    await expect(publisher.call('GET', '/v1/images/later')).rejects.toMatchObject({ status: 404 });
    await publishRaw(publisher, 'later', later);
    expect((await fetch(`${restored.api.url}/v1/images/later/refs/latest`)).status).toBe(200);
  });

  it('brings back tokens that were revoked after the dump, as the page warns', async () => {
    expect(await revoked.call('GET', '/v1/auth/whoami')).toMatchObject({ role_ids: ['content-writer'] });
  });

  it('still refuses to change what is published', async () => {
    await expect(publisher.call('DELETE', '/v1/images/kept/versions/1.0')).rejects.toMatchObject({
      status: 412,
    });
  });
});
