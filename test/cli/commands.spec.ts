import { mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { deltaBetween } from '../../libs/catalog/src/deltas/vcdiff/fixtures/encode-vcdiff.js';
import { makeWholeQcow2 } from '../../libs/catalog/src/formats/fixtures/whole-qcow2.js';
import { enroll, type JoinedService, joinContractService } from '../contract/contract-service.js';
import { digestOf } from '../contract/upload-steps.js';
import { makeSquashfs } from '../fixtures/squashfs-bytes.js';
import { executeSql } from '../support/execute-sql.js';
import { createTemporaryFolder } from '../support/temporary-folder.js';
import { waitFor } from '../support/wait-for.js';
import { type CliEnd, CliProcess, runInProcess } from './cli-runs.js';

jest.setTimeout(60_000);

let service: JoinedService;
let folder: string;

beforeAll(async () => {
  service = await joinContractService();
  folder = (await createTemporaryFolder('cli')).path;
});

let homes = 0;

/** A user who has not logged in anywhere. */
function newHome(): string {
  homes += 1;
  return join(folder, `home-${homes}`);
}

interface RunOptions {
  readonly home?: string;
  readonly token?: string | undefined;
  readonly environment?: Readonly<Record<string, string>>;
  readonly input?: string;
}

/** A command of a publisher at the service, unless the options say otherwise. */
function run(args: readonly string[], options: RunOptions = {}): Promise<CliEnd> {
  const { home = newHome(), environment = {}, input } = options;
  const token = 'token' in options ? options.token : service.publisher.token;
  return runInProcess(args, {
    home,
    environment: {
      IMGSRV_URL: service.running.baseUrl,
      ...(token === undefined ? {} : { IMGSRV_TOKEN: token }),
      ...environment,
    },
    ...(input === undefined ? {} : { input }),
  });
}

/** The JSON that a command prints; it has to succeed. */
async function json(args: readonly string[], options?: RunOptions): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await run([...args, '--json'], options);
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as Record<string, unknown>;
}

async function say(args: readonly string[], options?: RunOptions): Promise<string> {
  const { code, stdout, stderr } = await run(args, options);
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
  return stdout.trim();
}

async function file(name: string, content: Buffer | string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

/** A raw disk that no other test has. */
function disk(mark: string): Buffer {
  const content = Buffer.alloc(4096);
  content.write(mark);
  content.writeUInt16LE(0xaa55, 510);
  return content;
}

async function publish(image: string, version: string, ...more: string[]): Promise<Record<string, unknown>> {
  const path = await file(`${image}-${version}-amd64.raw`, disk(`${image} ${version}`));
  return json(['publish', image, version, path, ...more]);
}

describe('who one is', () => {
  it('is remembered by login, for the owner only, until logout', async () => {
    const home = newHome();
    const url = service.running.baseUrl;
    const bare = { home, token: undefined, environment: { IMGSRV_URL: '' } };
    expect(await run(['login', `${url}/`], { ...bare, input: `${service.publisher.token}\n` })).toMatchObject(
      { code: 0 },
    );
    const saved = join(home, '.config', 'imgsrv', 'config.json');
    expect((await stat(saved)).mode & 0o777).toBe(0o600);
    expect(await json(['whoami'], bare)).toMatchObject({
      url,
      credential_source: 'login',
      role_ids: ['content-writer'],
    });
    // Not what is saved, but what is said: another server never gets the token.
    const elsewhere = await run(['whoami'], {
      home,
      token: undefined,
      environment: { IMGSRV_URL: 'http://127.0.0.1:9' },
    });
    expect(elsewhere).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('You have no token for http://127.0.0.1:9') as string,
    });
    await say(['logout'], bare);
    expect(await readFile(saved, 'utf8')).not.toContain('imgsrv_at_');
    expect(await run(['whoami'], bare)).toMatchObject({ code: 2 });
  });

  it('is not remembered when the server does not know the token', async () => {
    const home = newHome();
    const { code, stderr } = await run(['login', service.running.baseUrl], {
      home,
      token: undefined,
      input: 'wrong',
    });
    expect({ code, stderr }).toEqual({ code: 4, stderr: expect.stringContaining('Log in again') as string });
    await expect(stat(join(home, '.config'))).rejects.toThrow('ENOENT');
  });

  it('is told by IMGSRV_TOKEN before anything that was saved', async () => {
    const home = newHome();
    await say(['login', service.running.baseUrl], { home });
    const manager = service.manager.token ?? '';
    expect(await json(['whoami'], { home, token: manager })).toMatchObject({ role_ids: ['auth-manager'] });
  });
});

describe('publishing', () => {
  it('has the server make metadata of files without', async () => {
    const plain = await file('made-amd64.qcow2', makeWholeQcow2());
    const args = ['publish', 'made', '1', plain, '--os', 'Debian', '--release', 'trixie'];
    expect(await say([...args, '--dry-run'])).toMatch(/\+ metadata +made by the server: Debian trixie/);
    const { job } = await json([...args, '--description', 'Debian 13']);
    expect(job).toMatchObject({ report: [{ projected: true }, { projected: true }] });
    expect(await json([...args, '--description', 'Debian 13'])).toMatchObject({ sent_bytes: 0, job });
    const { artifacts } = (await service.anonymous.get('/v1/images/made/versions/1')).members;
    const incus = { os: 'Debian', release: 'trixie', description: 'Debian 13' };
    expect(artifacts).toMatchObject([{ artifact: { incus }, attachments: [{ generated: true }, {}] }]);
    const other = await run(args);
    expect(other).toMatchObject({ code: 5, stderr: expect.stringContaining('incus') as string });
  });

  it('has the server make the metadata that a release file describes', async () => {
    const plain = await file('described-amd64.qcow2', makeWholeQcow2());
    const entry = { file: plain, incus: { os: 'Tiny', release: 'one', properties: { name: 'tiny' } } };
    const path = await file('described.yaml', JSON.stringify({ artifacts: [entry] }));
    expect(await json(['publish', '-f', path, 'described', '1'])).toMatchObject({
      job: { report: [{ projected: true }, { projected: true }] },
    });
    const wrong = { ...entry, incus: { os: 'Tiny', release: 'one', requirements: { tpm: 'true' } } };
    await writeFile(path, JSON.stringify({ artifacts: [wrong] }));
    expect(await run(['publish', '-f', path, 'described', '2'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('secureboot') as string,
    });
    await writeFile(path, JSON.stringify({ artifacts: [{ ...entry, incus: { os: 'Tiny' } }] }));
    expect(await run(['publish', '-f', path, 'described', '2'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('release') as string,
    });
  });

  it('tells of the metadata that could be made', async () => {
    const plain = await file('bare-amd64.qcow2', makeWholeQcow2());
    expect(await say(['publish', 'bare', '1', plain])).toContain('--release NAME');
    const refused = await run(['publish', 'bare', '2', plain, '--description', 'x']);
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('--release') as string });
  });

  it('sends small files in one request each', async () => {
    const bytes = disk('small');
    await json(['publish', 'small', '1', await file('small-amd64.raw', bytes)]);
    const uploads = await executeSql(
      service.running.databaseUrl,
      'SELECT state, multipart_upload_id FROM upload_sessions WHERE expected_digest = $1',
      [digestOf(bytes)],
    );
    expect(uploads).toEqual([{ state: 'ready', multipart_upload_id: null }]);
    const again = await json(['publish', 'small-again', '1', join(folder, 'small-amd64.raw')]);
    expect(again).toMatchObject({ sent_bytes: 0, job: { state: 'succeeded' } });
  });

  it('shows a plan, publishes it once, and says so when it is done already', async () => {
    const path = await file('plan-amd64.raw', disk('plan'));
    const args = ['publish', 'planned', '1', path, '--alias', 'latest'];
    expect(await say([...args, '--dry-run'])).toMatch(/planned +amd64 +default +raw/);
    expect((await service.writer.get('/v1/images/planned')).status).toBe(404);
    expect(await json(args)).toMatchObject({ sent_bytes: 4096, job: { state: 'succeeded' } });
    expect(await json(args)).toMatchObject({ sent_bytes: 0, job: { state: 'succeeded' } });
    expect((await service.anonymous.get('/v1/images/planned/aliases/latest')).members).toMatchObject({
      version: '1',
    });
  });

  it('refuses other content of a published version before it sends anything', async () => {
    await publish('fixed', '1');
    const other = await file('other-amd64.raw', disk('other'));
    const { code, stderr } = await run(['publish', 'fixed', '1', other]);
    expect(code).toBe(5);
    expect(stderr).toContain('A published version never changes');
    expect(stderr).not.toContain('sent');
  });

  it('throws a draft with other content away only when it is told to', async () => {
    await service.publisher.createImage('drafted');
    await service.publisher.createVersion('drafted', '1');
    const blob = await service.publisher.uploadFile(disk('left over'));
    await service.publisher.addArtifact('drafted', '1', { format: 'raw', blob, architecture: 'amd64' });
    const path = await file('drafted-amd64.raw', disk('drafted'));
    expect(await run(['publish', 'drafted', '1', path])).toMatchObject({ code: 5 });
    expect(await json(['publish', 'drafted', '1', path, '--replace-draft'])).toMatchObject({
      job: { state: 'succeeded' },
    });
  });

  it('takes several artifacts from a release file, whose paths begin at its folder', async () => {
    await mkdir(join(folder, 'release'));
    await file('release/a.raw', disk('a'));
    await file('release/b.raw', disk('b'));
    await file('release/notes.txt', 'What is new.');
    const release = await file(
      'release/release.yaml',
      'image: several\nversion: "1.0"\naliases: [latest]\nartifacts:\n' +
        '  - {file: a.raw, architecture: amd64, attachments: [{file: notes.txt}]}\n' +
        '  - {file: b.raw, architecture: arm64, operating_system: linux}\n',
    );
    await json(['publish', '-f', release]);
    const shown = await say(['show', 'several']);
    expect(shown).toMatch(/linux +arm64[^]*several +amd64 +default +raw[^]*\+ notes\.txt/);
  });

  it('publishes a delta with its base from a release file', async () => {
    const [base, next] = [makeSquashfs(), makeSquashfs()];
    await say(['publish', 'deltas', '1', await file('deltas-amd64.squashfs', base)]);
    const changed = Buffer.concat([base, next.subarray(0, 100)]);
    await file('next-amd64.squashfs', changed);
    await file('squashfs.vcdiff', deltaBetween(base, changed));
    const releaseOf = (baseVersion: string) =>
      file(
        `deltas-${baseVersion}.yaml`,
        'image: deltas\nversion: "2"\nartifacts:\n  - file: next-amd64.squashfs\n    attachments:\n' +
          `      - {file: squashfs.vcdiff, base_version: "${baseVersion}"}\n`,
      );
    const refused = await run(['publish', '-f', await releaseOf('0.9')]);
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toContain('a delta of the version 0.9, which this image does not have');
    await json(['publish', '-f', await releaseOf('1')]);
    const { artifacts } = (await json(['show', 'deltas:2'])) as { artifacts: object[] };
    expect(artifacts).toMatchObject([{ attachments: [{ name: 'squashfs.vcdiff', base_version: '1' }] }]);
    expect(await run(['publish', '-f', await releaseOf('0.9')])).toMatchObject({ code: 5 });
  });

  it('has the server make deltas, and tells what came of it', async () => {
    const path = await file('wished-amd64.qcow2', makeWholeQcow2());
    await json(['publish', 'wished', '1', path]);
    const missing = await run(['publish', 'wished', '2', path, '--delta-from', '0.9']);
    expect(missing.code).not.toBe(0);
    expect(missing.stderr).toContain('out of the version 0.9, which this image does not have');
    const args = ['publish', 'wished', '2', path, '--delta-from', '1'];
    expect(await say([...args, '--dry-run'])).toMatch(/\+ delta +made by the server, if it can: of 1$/m);
    expect(await say(args)).toContain(
      'there is no delta of the version 1, which has the same bytes already.',
    );
    expect(await json(args)).toMatchObject({ sent_bytes: 0, job: { state: 'succeeded' } });
    const release = JSON.stringify({ artifacts: [{ file: path, delta_from: '1' }] });
    const releaseFile = await file('wished.yaml', release);
    expect(await json(['publish', '-f', releaseFile, 'wished', '2'])).toMatchObject({ sent_bytes: 0 });
    const raw = await file('wished-amd64.raw', disk('wished'));
    const useless = await run(['publish', 'wished', '3', raw, '--delta-from', '1']);
    expect(useless).toMatchObject({ code: 2, stderr: expect.stringContaining('--delta-from') as string });
  });

  it('fails with the reason of the job, and begins again when told to', async () => {
    // As long as its name says it, qcow2 is checked by the server alone.
    const broken = Buffer.alloc(1024);
    broken.write('QFI\xfb', 'latin1');
    broken.writeUInt32BE(3, 4);
    const path = await file('broken-amd64.qcow2', broken);
    const { code, stderr } = await run(['publish', 'broken', '1', path]);
    expect({ code, stderr }).toEqual({
      code: 6,
      stderr: expect.stringContaining('--replace-draft') as string,
    });
    expect(await run(['jobs', 'follow', 'broken:1'])).toMatchObject({ code: 6 });
    const good = await file('mended-amd64.raw', disk('mended'));
    expect(await run(['publish', 'broken', '1', good])).toMatchObject({ code: 5 });
    expect(await json(['publish', 'broken', '1', good, '--replace-draft'])).toMatchObject({
      job: { state: 'succeeded' },
    });
  });
});

describe('reading', () => {
  it('needs no token, and takes the newest version when there is no latest', async () => {
    await publish('readable', '1');
    await publish('readable', '2');
    const anonymous = { token: undefined };
    expect(await say(['ls'], anonymous)).toContain('readable');
    expect(await json(['ls', 'readable'], anonymous)).toMatchObject({
      versions: [{ version: '2' }, { version: '1' }],
    });
    expect(await json(['show', 'readable'], anonymous)).toMatchObject({ version: { version: '2' } });
    const target = join(folder, 'read');
    expect(await say(['pull', 'readable:1', '-o', target], anonymous)).toBe(
      join(target, 'readable-1-amd64.raw'),
    );
    expect((await readFile(join(target, 'readable-1-amd64.raw'))).equals(disk('readable 1'))).toBe(true);
  });

  it('lists what is like that', async () => {
    await publish('searched', '1');
    const listed = ['ls', '--q', 'searched', '--arch', 'amd64', '--format', 'raw', '--sort', 'newest'];
    expect(await json(listed)).toMatchObject({ images: [{ name: 'searched' }] });
    expect(await say(['ls', '--q', 'searched', '--arch', 'vax'])).toBe('Nothing is like that.');
    expect(await json(['ls', 'searched', '--arch', 'amd64'])).toMatchObject({ versions: [{ version: '1' }] });
    expect(await json(['ls', 'searched', '--label', 'team=nobody'])).toMatchObject({ versions: [] });
  });

  it('keeps what is there: equal files are not fetched, others not replaced', async () => {
    await publish('kept', '1');
    const target = join(folder, 'kept');
    const name = join(target, 'kept-1-amd64.raw');
    await say(['pull', 'kept', '-o', target]);
    expect(await json(['pull', 'kept', '-o', target])).toMatchObject({ files: [{ received_bytes: 0 }] });
    await writeFile(name, 'mine');
    expect(await run(['pull', 'kept', '-o', target])).toMatchObject({
      code: 5,
      stderr: expect.stringContaining('--force') as string,
    });
    expect(await readFile(name, 'utf8')).toBe('mine');
    await say(['pull', 'kept', '-o', target, '--force']);
    expect((await readFile(name)).equals(disk('kept 1'))).toBe(true);
  });

  it('chooses by architecture, in any spelling', async () => {
    await publish('chosen', '1');
    expect(await json(['pull', 'chosen', '--arch', 'x86_64', '--dry-run'])).toMatchObject({ files: [{}] });
    expect(await run(['pull', 'chosen', '--arch', 'arm64'])).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('It has: chosen amd64 default raw') as string,
    });
  });

  it('shows nothing that would move the cursor', async () => {
    await publish('painted', '1');
    await service.writer.patch('/v1/images/painted', { display_name: 'Na\u00efve' });
    const { stdout } = await run(['ls']);
    expect(stdout).toContain('Na\u00efve');
    // eslint-disable-next-line no-control-regex
    expect(stdout).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/);
  });
});

describe('afterwards', () => {
  it('moves, promotes and removes aliases', async () => {
    await publish('aliased', '1');
    await publish('aliased', '2');
    expect(await say(['alias', 'set', 'aliased:testing', '1'])).toBe('aliased:testing is 1.');
    expect(await say(['alias', 'set', 'aliased:testing', '2'])).toBe('aliased:testing is 2; it was 1.');
    expect(await say(['promote', 'aliased:testing', 'stable'])).toBe('aliased:stable is 2.');
    expect(await say(['promote', 'aliased:testing', 'stable'])).toBe('aliased:stable is 2.');
    expect(await say(['promote', 'aliased:1', 'stable'])).toBe('aliased:stable is 1; it was 2.');
    expect(await say(['promote', 'aliased:testing', 'stable'])).toBe('aliased:stable is 2; it was 1.');
    expect(await run(['promote', 'aliased:nobody', 'stable'])).toMatchObject({ code: 3 });
    const { promotions } = (await json(['promotions', 'ls', 'aliased'])) as { promotions: { id: string }[] };
    expect(promotions).toHaveLength(2);
    const id = promotions[0]?.id ?? '';
    expect(await say(['promotions', 'revert', 'aliased', id])).toBe('aliased:stable is 1; it was 2.');
    expect(await run(['promotions', 'revert', 'aliased', id])).toMatchObject({ code: 5 });
    expect(await say(['promotions', 'ls', 'aliased'])).toMatch(/stable +a revert +1 +2[^]*yes/);
    expect(await json(['alias', 'ls', 'aliased'])).toMatchObject({
      aliases: [{ alias: 'stable' }, { alias: 'testing' }],
    });
    await say(['alias', 'rm', 'aliased:testing']);
    expect(await run(['alias', 'rm', 'aliased:testing'])).toMatchObject({ code: 3 });
    expect(await run(['alias', 'set', 'aliased:testing', '3'])).toMatchObject({ code: 3 });
  });

  it('makes, lists and removes channels', async () => {
    await publish('followed', '1', '--alias', 'stable');
    expect(await say(['channels', 'set', 'site', 'stable', 'followed', 'others-*'])).toBe(
      'site shows stable of 1 image.',
    );
    expect(await say(['channels', 'set', 'bare', 'stable', 'nobody'])).toContain('is empty until');
    expect(await json(['channels', 'ls'])).toMatchObject({
      channels: [
        { name: 'bare', alias: 'stable' },
        { name: 'site', image_patterns: ['followed', 'others-*'] },
      ],
    });
    expect(await say(['channels', 'rm', 'site'])).toBe('site is removed.');
    expect(await run(['channels', 'rm', 'site'])).toMatchObject({ code: 3 });
    expect(await run(['channels', 'set', 'amd64', 'stable', 'x'])).toMatchObject({ code: 2 });
  });

  it('deprecates, withdraws and restores versions', async () => {
    const admin = { token: (await enroll(service, ['content-writer', 'content-admin'])).token };
    await publish('over', '1');
    await publish('over', '2', '--alias', 'latest');
    await say(['deprecate', 'over:1', '--reason', 'Old.', '--successor', '2']);
    expect(await say(['show', 'over:1'])).toContain('Old. Use 2.');
    await say(['deprecate', 'over:1', '--undo']);
    expect(await run(['withdraw', 'over:2', '--reason', 'Bad.'], admin)).toMatchObject({
      code: 5,
      stderr: expect.stringContaining('--move-aliases-to') as string,
    });
    await say(['withdraw', 'over:2', '--reason', 'Bad.', '--move-aliases-to', '1'], admin);
    expect(await run(['pull', 'over:2'])).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('Bad.') as string,
    });
    await say(['restore', 'over:2'], admin);
    expect(await json(['show', 'over:2'])).toMatchObject({ version: { state: 'published' } });
  });

  it('says which versions are kept', async () => {
    const admin = { token: (await enroll(service, ['content-writer', 'content-admin'])).token };
    await publish('short', '1');
    expect(await json(['retention', 'set', 'short', '--keep-newest', '3'], admin)).toMatchObject({
      keep_newest: 3,
      source: 'image',
    });
    expect(await say(['retention', 'preview', 'short'], admin)).toMatch(/1 .* keep/);
    await say(['retention', 'rm', 'short'], admin);
    expect(await run(['retention', 'set', 'short'])).toMatchObject({ code: 2 });
  });

  it('looks at jobs, and refuses what is over', async () => {
    await publish('worked', '1');
    expect(await json(['jobs', 'show', 'worked:1'])).toMatchObject({ state: 'succeeded' });
    expect(await run(['jobs', 'retry', 'worked:1'])).toMatchObject({ code: 5 });
    expect(await run(['jobs', 'show', 'worked:9'])).toMatchObject({ code: 3 });
  });
});

describe('managing', () => {
  it('makes principals, grants and tokens, and takes them away', async () => {
    const manager = { token: service.manager.token };
    const made = await json(
      ['principals', 'create', 'pipeline', '--role', 'content-writer', '--images', 'debian-*'],
      manager,
    );
    expect(made).toMatchObject({ role_ids: ['content-writer'], image_patterns: ['debian-*'] });
    const id = String(made['id']);
    const token = await say(['tokens', 'issue', id, '--expires-in', '1h'], manager);
    expect(await json(['whoami'], { token })).toMatchObject({ principal: { display_name: 'pipeline' } });
    expect(
      await run(['publish', 'windows', '1', await file('w-amd64.raw', disk('w'))], { token }),
    ).toMatchObject({ code: 4 });
    const { api_tokens: [issued] = [] } = (await json(['tokens', 'ls', id], manager)) as {
      api_tokens?: { id: string }[];
    };
    await say(['tokens', 'revoke', issued?.id ?? ''], manager);
    expect(await run(['whoami'], { token })).toMatchObject({ code: 4 });
    expect(await say(['principals', 'quota', id, '--stored', '2TiB'], manager)).toContain('2.0 TiB');
    await say(['principals', 'disable', id], manager);
    expect(await say(['principals', 'show', id], manager)).toContain('disabled');
    await say(['principals', 'rm', id], manager);
    expect(await run(['principals', 'show', id], manager)).toMatchObject({ code: 3 });
  });

  it('makes somebody who may publish with one line', async () => {
    const args = ['principals', 'create', 'me', '--role', 'content-writer', '--with-token', '1h'];
    const token = await say(args, { token: service.manager.token });
    expect(await json(['whoami'], { token })).toMatchObject({ role_ids: ['content-writer'] });
  });

  it('follows the audit log', async () => {
    const home = newHome();
    const following = CliProcess.start(['audit', '--follow', '--json', '--resource', 'images/watched'], {
      home,
      environment: { IMGSRV_URL: service.running.baseUrl, IMGSRV_TOKEN: service.manager.token ?? '' },
    });
    await publish('watched', '1');
    await waitFor(() => following.stdout.includes('version.publish'), {
      what: () => `the publish in ${following.stdout}`,
    });
    following.kill('SIGINT');
    expect(await following.ended).toMatchObject({ code: 130 });
  });
});

describe('doctor', () => {
  it('finds nothing wrong, and says who may publish', async () => {
    expect(await say(['doctor'])).toMatch(/ok {6}reachable[^]*ok {6}ready[^]*may publish/);
    expect(await say(['doctor'], { token: service.manager.token })).toMatch(
      /beware {2}you: .*may not publish/,
    );
  });

  it('fails when the server is not there, and when it does not know the token', async () => {
    expect(await run(['doctor', '--url', 'http://127.0.0.1:1', '--retry-for', '0s'])).toMatchObject({
      code: 7,
      stdout: expect.stringContaining('FAILS   reachable') as string,
    });
    expect(await run(['doctor'], { token: 'wrong' })).toMatchObject({ code: 1 });
  });
});

describe('refuses', () => {
  const cases: readonly (readonly [
    what: string,
    args: () => Promise<readonly string[]>,
    code: number,
    message: string,
  ])[] = [
    ['an unknown command', () => Promise.resolve(['publsh']), 2, 'Did you mean publish?'],
    ['an unknown option', () => Promise.resolve(['ls', '--al']), 2, 'Did you mean --all?'],
    [
      'a label that is none',
      () => Promise.resolve(['ls', '--label', 'team']),
      2,
      'label is key=value, such as team=platform',
    ],
    [
      'an order that is none',
      () => Promise.resolve(['ls', '--sort', 'size']),
      2,
      'Allowed choices are name, newest.',
    ],
    [
      'words for versions',
      () => Promise.resolve(['ls', 'debian', '--q', 'x']),
      2,
      '--q is for the list of images.',
    ],
    [
      'a visibility for versions',
      () => Promise.resolve(['ls', 'debian', '--visibility', 'public']),
      2,
      '--visibility is for the list of images.',
    ],
    ['a missing argument', () => Promise.resolve(['show']), 2, "missing required argument 'image[:ref]'"],
    ['no file', () => Promise.resolve(['publish', 'x', '1']), 2, 'There is no file to publish.'],
    [
      'a missing file',
      () => Promise.resolve(['publish', 'x', '1', join(folder, 'absent-amd64.raw')]),
      2,
      'absent-amd64.raw: there is no such file.',
    ],
    ['a folder', () => Promise.resolve(['publish', 'x', '1', folder]), 2, 'is a directory.'],
    ['an empty file', async () => ['publish', 'x', '1', await file('empty.raw', '')], 2, 'is empty.'],
    [
      'a text',
      async () => ['publish', 'x', '1', await file('readme-amd64', 'Hello')],
      2,
      'is nothing that imgsrv publishes',
    ],
    [
      'a VMDK image',
      async () => ['publish', 'x', '1', await file('disk-amd64.img', 'KDMV')],
      2,
      'qemu-img convert -O qcow2',
    ],
    [
      'a gzip of a qcow2',
      async () => [
        'publish',
        'x',
        '1',
        await file('q-amd64.gz', gzipSync(Buffer.from('514649fb00000003', 'hex'))),
      ],
      2,
      'Unpack it',
    ],
    [
      'metadata alone',
      async () => ['publish', 'x', '1', await file('incus.tar.xz', Buffer.from('fd377a585a00', 'hex'))],
      2,
      'no image among the files',
    ],
    [
      'a file for no machine',
      async () => ['publish', 'x', '1', await file('disk.raw', disk('x'))],
      2,
      '--arch',
    ],
    [
      'a bad image name',
      async () => ['publish', 'X!', '1', await file('n-amd64.raw', disk('n'))],
      2,
      'X!:1 is no image.',
    ],
    [
      'a broken release file',
      async () => ['publish', '-f', await file('broken.yaml', 'artifacts: [')],
      2,
      'is no YAML',
    ],
    [
      'a release file with mistakes',
      async () => ['publish', '-f', await file('wrong.yaml', 'artifact: []\nversion: 1')],
      2,
      'there is no artifact',
    ],
    ['no such image', () => Promise.resolve(['show', 'nowhere']), 3, 'imgsrv ls'],
    ['no such version', () => Promise.resolve(['pull', 'nowhere:1']), 3, ''],
    ['a bad duration', () => Promise.resolve(['ls', '--retry-for', 'soon']), 2, '--retry-for is soon'],
    ['a bad address', () => Promise.resolve(['login', 'ftp://x']), 2, 'is no address of a server'],
    [
      'a server that is not there',
      () => Promise.resolve(['ls', '--url', 'http://127.0.0.1:1', '--retry-for', '0s']),
      7,
      'nothing listens there',
    ],
    [
      'a server without TLS',
      () =>
        Promise.resolve([
          'ls',
          '--url',
          service.running.baseUrl.replace('http:', 'https:'),
          '--retry-for',
          '0s',
        ]),
      7,
      'does not speak TLS',
    ],
    [
      'a file as the folder of a pull',
      async () => ['pull', 'refused', '-o', await file('plain', '')],
      2,
      'is no directory',
    ],
  ];

  beforeAll(() => publish('refused', '1'));

  it.each(cases)('%s', async (_what, args, code, message) => {
    const end = await run(await args());
    expect({ code: end.code, stderr: end.stderr }).toEqual({
      code,
      stderr: expect.stringContaining(message) as string,
    });
    // A sentence for the user, no trace of the program.
    expect(end.stderr).not.toMatch(/\n {4}at /);
  });

  it('a token that has expired', async () => {
    const principal = await service.manager.post('/v1/auth/principals', {
      kind: 'service',
      display_name: 'brief',
    });
    const expires_at = new Date(Date.now() + 300).toISOString();
    const issued = await service.manager.post(
      `/v1/auth/principals/${String(principal.members.id)}/api-tokens`,
      { expires_at },
    );
    const token = String(issued.members.plaintext);
    const end = await waitFor(async () => {
      const tried = await run(['whoami'], { token });
      return tried.code === 0 ? undefined : tried;
    });
    expect(end).toMatchObject({ code: 4, stderr: expect.stringContaining('imgsrv login URL') as string });
  });

  it('a configuration that cannot be read, and one that is not its own', async () => {
    const home = newHome();
    await mkdir(join(home, '.config', 'imgsrv'), { recursive: true });
    const saved = join(home, '.config', 'imgsrv', 'config.json');
    await writeFile(saved, '{');
    expect(await run(['ls'], { home })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(`${saved} is not what imgsrv wrote`) as string,
    });
    const other = newHome();
    await mkdir(join(other, '.config', 'imgsrv'), { recursive: true });
    // Root may read everything but this.
    await symlink('config.json', join(other, '.config', 'imgsrv', 'config.json'));
    expect(await run(['ls'], { home: other })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('cannot be read (ELOOP)') as string,
    });
  });

  it('tells programs by JSON', async () => {
    const { code, stdout, stderr } = await run(['show', 'nowhere', '--json']);
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'image-not-found', exit_code: 3 } });
  });
});
