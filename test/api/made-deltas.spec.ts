import { randomBytes } from 'node:crypto';
import { readdirSync, renameSync } from 'node:fs';
import { makeWholeQcow2 } from '../../libs/catalog/src/formats/fixtures/whole-qcow2.js';
import { type ContractService, enroll, startContractService } from '../contract/contract-service.js';
import { digestOf } from '../contract/upload-steps.js';
import { describeWith } from '../fixtures/requirement.js';
import { makeSquashfs } from '../fixtures/squashfs-bytes.js';
import { executeSql } from '../support/execute-sql.js';
import { createTemporaryFolder } from '../support/temporary-folder.js';
import { waitFor } from '../support/wait-for.js';
import { XdeltaProgram } from '../xdelta/xdelta-program.js';
import { artifactOf, DeltaPublisher, type PublishJob } from './delta-publisher.js';
import { EncoderFolder, waitUntilGone } from './encoder-folder.js';

jest.setTimeout(60_000);

const base = makeSquashfs();

/** An image that has some bytes of its own and all others of the base. */
function next(of: Buffer = base): Buffer {
  return Buffer.concat([of.subarray(0, 20_000), randomBytes(100), of.subarray(20_100)]);
}

function detailOf({ steps }: PublishJob): string | undefined {
  return steps.find(({ name }) => name === 'make_deltas')?.detail;
}

describeWith('xdelta3', 'deltas that a publish makes', () => {
  let service: ContractService;
  let publisher: DeltaPublisher;
  let encoder: EncoderFolder;
  let xdelta: XdeltaProgram;

  beforeAll(async () => {
    encoder = await EncoderFolder.create();
    xdelta = new XdeltaProgram((await createTemporaryFolder('xdelta')).path);
    service = await startContractService({
      flags: [
        ...['--cas-promotion-poll-interval', '200ms', '--job-lease', '2s'],
        ...['--delta-scratch-dir', encoder.scratch, '--delta-scratch-size', '1MiB'],
      ],
      environment: { PATH: encoder.programs },
    });
    publisher = new DeltaPublisher(service.writer);
    expect(await publisher.publish('1.0', { root: base })).toMatchObject({ state: 'succeeded' });
  });

  beforeEach(() => {
    encoder.install();
  });

  afterEach(() => {
    expect(readdirSync(encoder.scratch)).toEqual([]);
  });

  afterAll(() => service.stop());

  async function download(digest: string): Promise<Buffer> {
    const { status, bytes } = await service.anonymous.get(`/v1/blobs/${digest}`);
    expect(status).toBe(200);
    return bytes;
  }

  /** The delta that a version was given. */
  async function deltaOf(version: string, of: DeltaPublisher = publisher) {
    const deltas = (await of.attachmentsOf(version)).filter(({ name }) => name.endsWith('.vcdiff'));
    expect(deltas.length).toBeLessThanOrEqual(1);
    return deltas[0];
  }

  async function checksOf(digest: string): Promise<unknown[]> {
    return executeSql(
      service.running.databaseUrl,
      `SELECT c.base_digest FROM delta_checks c JOIN attachments t ON t.id = c.attachment_id WHERE t.blob_digest = $1`,
      [digest],
    );
  }

  it('are what clients apply, and listed for them', async () => {
    const root = next();
    const job = await publisher.publish('1.1', { root, deltaFrom: '1.0' });
    expect(job).toMatchObject({ state: 'succeeded' });
    const delta = await deltaOf('1.1');
    if (delta === undefined) throw new Error('there is no delta');
    expect(delta).toMatchObject({ name: 'squashfs.vcdiff', base_version: '1.0', generated: true });
    expect(xdelta.decode(base, await download(delta.blob_digest))?.equals(root)).toBe(true);
    expect(delta.blob_size_bytes).toBeLessThan(1000);
    expect(detailOf(job)).toBe(
      `debian x86_64 default squashfs: the delta of the version 1.0 has ${delta.blob_size_bytes} bytes of ${root.length}.`,
    );
    expect(job.steps.map(({ name, state }) => [name, state])).toEqual(
      ['validate_catalog', 'make_deltas', 'incus_index', 'finalize_publish'].map((name) => [
        name,
        'succeeded',
      ]),
    );
    expect(await checksOf(delta.blob_digest)).toEqual([{ base_digest: digestOf(base) }]);
    await waitFor(async () => {
      const { bytes } = await service.anonymous.get('/streams/v1/images.json');
      return bytes.includes(delta.blob_digest.slice('sha256:'.length)) && bytes.includes('"delta_base"');
    });
  });

  it('are no part of a publish that asks for none', async () => {
    const job = await publisher.publish('plain', { root: next() });
    expect(job.steps.map(({ name }) => name)).toEqual([
      'validate_catalog',
      'incus_index',
      'finalize_publish',
    ]);
    expect(await deltaOf('plain')).toBeUndefined();
  });

  it('are made of disks, of a draft, and beside metadata that is made, too', async () => {
    const disks = new DeltaPublisher(service.writer);
    const disk = makeWholeQcow2();
    disk.write('one', 7 * 4096);
    const other = Buffer.from(disk);
    other.write('two', 7 * 4096);
    expect(await disks.publish('1', { root: disk, format: 'qcow2' })).toMatchObject({ state: 'succeeded' });
    await service.writer.post(`/v1/images/${disks.image}/versions`, { version: '2' });
    await disks.upload(other);
    const { attachments, ...artifact } = artifactOf({ root: other, format: 'qcow2' }, other);
    expect(attachments).toHaveLength(1);
    const { members } = await service.writer.post(`${disks.pathOf('2')}/artifacts`, artifact);
    const changed = await service.writer.patch(`${disks.pathOf('2')}/artifacts/${String(members.id)}`, {
      delta_from: '1',
      incus: { os: 'Debian', release: 'trixie' },
    });
    expect([changed.status, changed.members.delta_from]).toEqual([200, '1']);
    expect((await service.writer.post(`${disks.pathOf('2')}/publish`)).status).toBe(202);
    expect(await disks.ended('2')).toMatchObject({ state: 'succeeded' });
    const made = await disks.attachmentsOf('2');
    expect(made.map(({ name, generated }) => [name, generated])).toEqual([
      ['disk-kvm.img.vcdiff', true],
      ['incus.tar.xz', true],
      ['lxd.tar.xz', true],
    ]);
    const [delta] = made;
    expect(xdelta.decode(disk, await download(delta?.blob_digest ?? ''))?.equals(other)).toBe(true);
  });

  it('are made once, however often the release is said', async () => {
    const root = next();
    const { id } = await publisher.publish('again', { root, deltaFrom: '1.0' });
    const again = await publisher.release('again', { root, deltaFrom: '1.0' });
    expect([again.status, again.members.id]).toEqual([202, id]);
    expect(await deltaOf('again')).toMatchObject({ generated: true });
    for (const other of [{ root }, { root, deltaFrom: 'plain' }]) {
      const refused = await publisher.release('again', other);
      expect([refused.status, refused.members.pointer]).toEqual([409, '/artifacts/0/delta_from']);
    }
  });

  describe('are left out, with the version published,', () => {
    it.each<[string, Buffer, string | undefined, string]>([
      [
        'of what is too different',
        makeSquashfs(),
        undefined,
        'because it would hardly be smaller than the file itself',
      ],
      ['of another variant', next(), 'cloud', 'which has no artifact debian x86_64 cloud squashfs'],
      ['of the same bytes', base, undefined, 'which has the same bytes already'],
      [
        'of what is larger than the room',
        makeSquashfs(randomBytes(2 ** 21)),
        undefined,
        'because a worker keeps 1048576 bytes meanwhile, and not more',
      ],
    ])('%s', async (what, root, variant, reason) => {
      await expectNone(what, reason, { root, ...(variant === undefined ? {} : { variant }) });
    });

    it.each<[string, string, string]>([
      ['fails', 'echo "no, $0" >&2; exit 1', 'because xdelta3 failed'],
      ['crashes', 'kill -SEGV $$', 'because xdelta3 failed'],
      ['makes nothing', 'cat > /dev/null', 'because what xdelta3 made is not right'],
      ['makes something else', 'head -c 100', 'because what xdelta3 made is not right'],
      ['makes too much', 'exec yes', 'because it would hardly be smaller than the file itself'],
      ['writes files', 'yes > $0.out', 'because xdelta3 failed'],
    ])('when xdelta3 %s', async (what, script, reason) => {
      encoder.replace(script);
      await expectNone(what, reason);
      const [worker] = service.running.workers;
      expect(worker?.stderr).toContain('a delta was not made; the version is published without');
    });

    it('where there is no xdelta3', async () => {
      encoder.remove();
      await expectNone('no program', 'because its worker has no xdelta3');
    });

    it('where a worker can keep nothing meanwhile', async () => {
      renameSync(encoder.scratch, `${encoder.scratch}-gone`);
      try {
        await expectNone('no folder', 'because its worker has no room for it');
      } finally {
        renameSync(`${encoder.scratch}-gone`, encoder.scratch);
      }
    });

    it('of a base that is withdrawn meanwhile', async () => {
      const short = makeSquashfs();
      await publisher.publish('short', { root: short });
      const [worker] = service.running.workers;
      worker?.kill('SIGSTOP');
      const released = await publisher.release('late', { root: next(short), deltaFrom: 'short' });
      const admin = await enroll(service, ['content-writer', 'content-admin']);
      await admin.post(`${publisher.pathOf('short')}/withdrawal`, { reason: 'broken' });
      worker?.kill('SIGCONT');
      expect(released.status).toBe(202);
      const job = await publisher.ended('late');
      expect(job).toMatchObject({ state: 'succeeded' });
      expect(detailOf(job)).toContain('there is no delta of the version short, which was withdrawn.');
    });

    it('when the publish was cut off too often', async () => {
      const [worker] = service.running.workers;
      worker?.kill('SIGSTOP');
      const { members } = await publisher.release('doomed', { root: next(), deltaFrom: '1.0' });
      await executeSql(service.running.databaseUrl, 'UPDATE jobs SET attempt = 5 WHERE id = $1', [
        members.id,
      ]);
      worker?.kill('SIGCONT');
      const job = await publisher.ended('doomed');
      expect(job).toMatchObject({ state: 'succeeded' });
      expect(detailOf(job)).toContain('because the publish was cut off too often.');
    });

    it('when the quota of its publisher has no room', async () => {
      const { members } = await service.writer.get('/v1/auth/whoami');
      const { id } = members.principal as { id: string };
      const quota = `/v1/auth/principals/${id}/quota`;
      const root = next();
      await publisher.upload(root);
      const now = await service.manager.get(quota);
      const { stored_bytes } = now.members.used as { stored_bytes: number };
      expect((await service.manager.put(quota, { stored_bytes })).status).toBe(200);
      try {
        await expectNone('full', 'because that would exceed the quota of its publisher', { root });
      } finally {
        await service.manager.send('DELETE', quota);
      }
    });

    async function expectNone(
      what: string,
      reason: string,
      more: { readonly root?: Buffer; readonly variant?: string } = {},
    ): Promise<void> {
      const version = `without-${what.replaceAll(' ', '-')}`;
      const { root = next(), variant = 'default' } = more;
      const job = await publisher.publish(version, { root, variant, deltaFrom: '1.0' });
      expect(job).toMatchObject({ state: 'succeeded' });
      expect(detailOf(job)).toBe(
        `debian x86_64 ${variant} squashfs: there is no delta of the version 1.0, ${reason}.`,
      );
      expect(await deltaOf(version)).toBeUndefined();
    }
  });

  describe('while xdelta3 hangs', () => {
    const HANG = 'exec sleep 1000';

    it('are given up with a publish that is canceled', async () => {
      encoder.replace(HANG);
      const root = next();
      const released = await publisher.release('canceled', { root, deltaFrom: '1.0' });
      const pid = await encoder.begins();
      const canceled = await service.writer.post(`/v1/publish-jobs/${String(released.members.id)}/cancel`);
      expect(canceled.status).toBe(200);
      await waitUntilGone(pid);
      encoder.install();
      expect(await publisher.publish('canceled', { root, deltaFrom: '1.0' })).toMatchObject({
        state: 'succeeded',
      });
      expect(await deltaOf('canceled')).toMatchObject({ generated: true });
    });

    it.each(['SIGTERM', 'SIGKILL'] as const)(
      'are made by another worker when one is ended by %s',
      async (signal) => {
        encoder.replace(HANG);
        await publisher.release(signal, { root: next(), deltaFrom: '1.0' });
        const pid = await encoder.begins();
        encoder.install();
        const worker = service.running.workers.find(({ isRunning }) => isRunning);
        worker?.kill(signal);
        await worker?.exited;
        expect(readdirSync(encoder.scratch)).toEqual([]);
        if (signal === 'SIGKILL') {
          // Unlike xdelta3 it looks at none of its streams, which are closed by now.
          process.kill(pid, 'SIGKILL');
        }
        await waitUntilGone(pid);
        await service.running.startWorker();
        expect(await publisher.ended(signal)).toMatchObject({ state: 'succeeded' });
        expect(await deltaOf(signal)).toMatchObject({ generated: true });
      },
    );
  });
});

describeWith(['xdelta3', 's3'], 'deltas that a publish makes with S3', () => {
  it('are stored, and listed', async () => {
    const service = await startContractService({ store: 's3' });
    try {
      const publisher = new DeltaPublisher(service.writer);
      await publisher.publish('1', { root: base });
      const job = await publisher.publish('2', { root: next(), deltaFrom: '1' });
      expect(detailOf(job)).toMatch(/the delta of the version 1 has \d+ bytes/);
      const off = await service.running.startWorker(['--delta-scratch-size', '0']);
      const [worker] = service.running.workers;
      worker?.kill('SIGTERM');
      await worker?.exited;
      const without = await publisher.publish('3', { root: next(), deltaFrom: '1' });
      expect(detailOf(without)).toContain('because this service makes no deltas');
      expect(off.isRunning).toBe(true);
    } finally {
      await service.stop();
    }
  });
});
