import { execFile } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { makeWholeQcow2 } from '../../libs/catalog/src/formats/fixtures/whole-qcow2.js';
import { expectProblem } from '../contract/problem.js';
import { begin, complete, digestOf, sendPart, settled, someBytes } from '../contract/upload-steps.js';
import { PublisherClient } from '../fixtures/publisher-client.js';
import { describeWith } from '../fixtures/requirement.js';
import type { Answer } from '../support/http-client.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { ServiceProcess } from '../support/service-process.js';
import { createTemporaryFolder } from '../support/temporary-folder.js';
import { waitFor } from '../support/wait-for.js';
import { filesIn } from './store-files.js';

const run = promisify(execFile);
const MIB = 2 ** 20;
const DISK_BYTES = 8 * MIB;
const FLAGS = ['--cas-promotion-error-backoff', '50ms', '--cas-promotion-error-backoff-max', '200ms'];

jest.setTimeout(60_000);

describeWith('mounts', 'a service whose folder', () => {
  let folder: { path: string; remove(): Promise<void> };
  let database: TestDatabase;
  let publisher: PublisherClient;
  let disk: string;
  const processes: ServiceProcess[] = [];

  function spawn(name: 'api' | 'worker', listen: string): ServiceProcess {
    const settings = { IMGSRV_POSTGRES_URL: database.url, IMGSRV_STORAGE_DIR: join(disk, 'store') };
    const flags = ['--listen', listen, '--metrics-listen', '127.0.0.1:0', ...FLAGS];
    const spawned = ServiceProcess.spawn(name, flags, settings);
    processes.push(spawned);
    return spawned;
  }

  beforeAll(async () => {
    folder = await createTemporaryFolder('full-disk');
    disk = join(folder.path, 'disk');
    await mkdir(disk);
    await run('mount', ['-t', 'tmpfs', '-o', `size=${DISK_BYTES}`, 'tmpfs', disk]);
    await mkdir(join(disk, 'store'));
    database = await createTestDatabase();
    const [api, worker] = [spawn('api', '127.0.0.1:0'), spawn('worker', '')];
    await Promise.all([api.waitUntilListening(), worker.waitUntilListening()]);
    const token = await waitFor(() => /^imgsrv bootstrap token: (\S+)$/m.exec(api.stdout)?.[1]);
    publisher = await PublisherClient.enroll({ baseUrl: api.url }, token);
  });

  afterEach(async () => {
    await run('mount', ['-o', 'remount,rw', disk]);
    await rm(join(disk, 'ballast'), { force: true });
  });

  afterAll(async () => {
    for (const process of processes) process.kill();
    await Promise.all(processes.map(({ exited }) => exited));
    await run('umount', ['--lazy', disk]);
    await database.drop();
    await folder.remove();
  });

  /** Leaves so many bytes free; tmpfs counts pages of 4 KiB, and a folder as none or one. */
  async function fill(leftBytes: number): Promise<void> {
    const { stdout } = await run('df', ['--output=avail', '--block-size=1', disk]);
    const availableBytes = Number(stdout.split('\n')[1]);
    await writeFile(join(disk, 'ballast'), Buffer.alloc(availableBytes - leftBytes));
  }

  async function makeRoom(): Promise<void> {
    await rm(join(disk, 'ballast'));
  }

  function expectStoreTrouble(answer: Answer, word: string): void {
    const { detail } = expectProblem(answer, 503, 'dependency-unavailable');
    expect(detail).toContain(word);
    expect(answer.headers['retry-after']).toMatch(/^[1-9]\d*$/);
  }

  /** Files that are being written, or are being removed. */
  async function temporaryFiles(): Promise<string[]> {
    const files = await filesIn(join(disk, 'store'));
    return files.map(({ path }) => path).filter((path) => /incoming-|_removed-/.test(path));
  }

  it('is full in the middle of a part says so, keeps nothing of it, and takes it when there is room', async () => {
    const client = publisher.http;
    const bytes = someBytes(2 * MIB);
    const { id } = await begin(client, bytes);
    await fill(MIB);
    const path = `/v1/uploads/${id}/parts/1`;
    expectStoreTrouble(await client.send('PUT', path, { body: bytes }), 'full');
    expect(await temporaryFiles()).toEqual([]);
    expect((await client.get(`/v1/uploads/${id}/parts`)).json).toEqual({ parts: [] });
    await makeRoom();
    const part = await sendPart(client, id, 1, bytes);
    expect((await complete(client, id, [part])).status).toBe(200);
    expect(await settled(client, id)).toMatchObject({ state: 'ready' });
    const read = await client.get(`/v1/blobs/${digestOf(bytes)}`);
    expect(read.bytes.equals(bytes)).toBe(true);
  });

  it('is full when an upload is completed says so, and completes it when there is room', async () => {
    const client = publisher.http;
    const bytes = someBytes(1000);
    const { id } = await begin(client, bytes);
    const part = await sendPart(client, id, 1, bytes);
    await fill(0);
    expectStoreTrouble(await complete(client, id, [part]), 'full');
    expect(await temporaryFiles()).toEqual([]);
    await makeRoom();
    expect((await complete(client, id, [part])).status).toBe(200);
    expect(await settled(client, id)).toMatchObject({ state: 'ready' });
  });

  it('is full still serves, publishes and removes', async () => {
    const client = publisher.http;
    const blob = await publisher.uploadFile(makeWholeQcow2());
    await publisher.createImage('whole');
    await publisher.createVersion('whole', '1');
    await publisher.addArtifact('whole', '1', { format: 'qcow2', blob });
    const wasted = someBytes(1000);
    const { id } = await begin(client, wasted);
    await sendPart(client, id, 1, wasted);
    await fill(0);
    await publisher.publish('whole', '1');
    expect(digestOf((await client.get(`/v1/blobs/${blob.digest}`)).bytes)).toBe(blob.digest);
    expect((await client.post(`/v1/uploads/${id}/abort`)).status).toBe(200);
    const hex = digestOf(wasted).slice('sha256:'.length);
    await waitFor(async () => (await filesIn(join(disk, 'store'))).every(({ path }) => !path.includes(hex)), {
      what: 'the part of the upload that was given up to be removed',
    });
  });

  it('may only be read says so to those who write, still serves, and goes on when it can be written', async () => {
    const client = publisher.http;
    const bytes = someBytes(1000);
    const { digest } = await publisher.uploadFile(bytes);
    const { id } = await begin(client, someBytes(1000));
    await run('mount', ['-o', 'remount,ro', disk]);
    const announced = { expected_digest: digestOf(someBytes()), expected_size_bytes: 100 };
    expectStoreTrouble(await client.post('/v1/uploads', announced), 'not writable');
    const path = `/v1/uploads/${id}/parts/1`;
    expectStoreTrouble(await client.send('PUT', path, { body: bytes }), 'not writable');
    expect((await client.get(`/v1/blobs/${digest}`)).bytes.equals(bytes)).toBe(true);
    await run('mount', ['-o', 'remount,rw', disk]);
    await publisher.uploadFile(someBytes(1000));
  });

  it('has files of somebody else leaves them alone, and is not confused', async () => {
    const foreign = [
      join(disk, 'store', 'objects', 'notes.txt'),
      join(disk, 'store', 'objects', 'blobs', 'sha256', '00', 'README'),
    ];
    await mkdir(join(disk, 'store', 'objects', 'blobs', 'sha256', '00'), { recursive: true });
    for (const file of foreign) await writeFile(file, 'mine');
    const { digest } = await publisher.uploadFile(someBytes(1000));
    expect((await publisher.http.get(`/v1/blobs/${digest}`)).status).toBe(200);
    const files = (await filesIn(join(disk, 'store'))).map(({ path }) => path);
    expect(files).toEqual(expect.arrayContaining(foreign));
  });
});
