import { type ChildProcess, spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { pino } from 'pino';
import { type EmbeddedPostgres, startEmbeddedPostgres } from './embedded-postgres.js';

const logger = pino({ level: 'silent' });
const IS_ROOT = process.getuid?.() === 0;
const NOBODY = 65_534;

let folder: string;
let dataDir: string;
const started: EmbeddedPostgres[] = [];
const helpers: ChildProcess[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'imgsrv-embedded-'));
  chmodSync(folder, 0o755);
  dataDir = join(folder, 'data');
});

afterEach(async () => {
  await Promise.all(started.splice(0).map((postgres) => postgres.stop()));
  helpers.splice(0).forEach((helper) => helper.kill('SIGKILL'));
  rmSync(folder, { recursive: true, force: true });
});

async function start(): Promise<EmbeddedPostgres> {
  const postgres = await startEmbeddedPostgres({ dataDir, logger });
  started.push(postgres);
  return postgres;
}

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows.map((row) => Object.values(row)[0]);
  } finally {
    await client.end();
  }
}

function serverPid(): number {
  return Number(readFileSync(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0]);
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

describe('a fresh data folder', () => {
  it('keeps what was written over a stop and a start', async () => {
    const first = await start();
    await query(first.url, 'create table kept as select 41 + 1 as answer');
    await first.stop();
    const second = await start();
    expect(await query(second.url, 'select answer from kept')).toEqual([42]);
  });

  it('keeps the password from other users and asks for it', async () => {
    const { url } = await start();
    expect(statSync(join(dataDir, 'postgres-password')).mode & 0o777).toBe(0o600);
    expect(statSync(join(dataDir, 'postgres')).mode & 0o777).toBe(0o700);
    const wrong = new URL(url);
    wrong.password = 'guess';
    await expect(query(wrong.href, 'select 1')).rejects.toThrow('password authentication failed');
    wrong.username = 'postgres';
    await expect(query(wrong.href, 'select 1')).rejects.toThrow('no pg_hba.conf entry');
  });

  it('gives imgsrv no superuser and leaves commits on disk', async () => {
    const { url } = await start();
    expect(await query(url, 'select rolsuper from pg_roles where rolname = current_user')).toEqual([false]);
    expect(await query(url, 'show fsync')).toEqual(['on']);
    expect(await query(url, 'show listen_addresses')).toEqual(['127.0.0.1']);
  });

  it('makes the cluster again when an earlier start died half way', async () => {
    mkdirSync(join(dataDir, 'postgres.partial', 'base'), { recursive: true });
    const { url } = await start();
    expect(await query(url, 'select 1')).toEqual([1]);
    expect(existsSync(join(dataDir, 'postgres.partial'))).toBe(false);
  });
});

describe('a server that ends', () => {
  it('reports an end nobody asked for', async () => {
    const { exited } = await start();
    process.kill(serverPid(), 'SIGKILL');
    expect((await exited).message).toContain('the embedded PostgreSQL ended');
  });

  it('stops with a client that stays connected, and can be stopped twice', async () => {
    const postgres = await start();
    const client = new Client({ connectionString: postgres.url });
    client.on('error', () => undefined);
    await client.connect();
    const pid = serverPid();
    await postgres.stop();
    await postgres.stop();
    expect(isRunning(pid)).toBe(false);
    expect(existsSync(join(dataDir, 'postgres', 'postmaster.pid'))).toBe(false);
  });

  it('recovers what was committed before a kill', async () => {
    const first = await start();
    await query(first.url, 'create table kept as select 1 as answer');
    process.kill(serverPid(), 'SIGKILL');
    await first.exited;
    const second = await start();
    expect(await query(second.url, 'select answer from kept')).toEqual([1]);
  });

  it('does not start while the signal is aborted, and leaves nothing running', async () => {
    const aborted = startEmbeddedPostgres({
      dataDir,
      logger,
      signal: AbortSignal.abort(new Error('Ctrl-C')),
    });
    await expect(aborted).rejects.toThrow('Ctrl-C');
    expect(existsSync(join(dataDir, 'postgres', 'postmaster.pid'))).toBe(false);
  });
});

describe('postmaster.pid of an earlier run', () => {
  it('stops the server that is still alive and serves its data', async () => {
    const survivor = await start();
    await query(survivor.url, 'create table kept as select 1 as answer');
    const pid = serverPid();
    const second = await start();
    expect(isRunning(pid)).toBe(false);
    expect(await query(second.url, 'select answer from kept')).toEqual([1]);
  });

  it('spares another process that has the same id by now', async () => {
    await (await start()).stop();
    const other = spawn('sleep', ['60'], { cwd: join(dataDir, 'postgres') });
    helpers.push(other);
    writeFileSync(join(dataDir, 'postgres', 'postmaster.pid'), `${String(other.pid)}\n${dataDir}/postgres\n`);
    const { url } = await start();
    expect(await query(url, 'select 1')).toEqual([1]);
    expect(other.exitCode ?? other.signalCode).toBeNull();
  });
});

describe('a folder it cannot use', () => {
  it('names the way out when another PostgreSQL version wrote it', async () => {
    await (await start()).stop();
    writeFileSync(join(dataDir, 'postgres', 'PG_VERSION'), '17\n');
    await expect(start()).rejects.toThrow(/written by PostgreSQL 17.*brings PostgreSQL 18.*pg_upgrade/);
  });

  it('refuses a folder of something else', async () => {
    mkdirSync(join(dataDir, 'postgres'), { recursive: true });
    writeFileSync(join(dataDir, 'postgres', 'notes.txt'), 'mine');
    if (IS_ROOT) {
      chownSync(join(dataDir, 'postgres'), NOBODY, NOBODY);
    }
    await expect(start()).rejects.toThrow(/not a PostgreSQL cluster; move it away/);
  });

  it('gives the role a new password when the file is lost', async () => {
    await (await start()).stop();
    rmSync(join(dataDir, 'postgres-password'));
    const { url } = await start();
    expect(await query(url, 'select 1')).toEqual([1]);
  });

  it('says so when the data folder is a file', async () => {
    writeFileSync(dataDir, '');
    await expect(start()).rejects.toThrow(/data folder cannot be used: .*--data-dir/);
  });
});
