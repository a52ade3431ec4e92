import { mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Authenticator, ensureBootstrapToken } from '@imgsrv/auth';
import { DependencyUnavailableError } from '@imgsrv/platform';
import { openDatabase } from '../support/database.js';
import { createTemporaryFolder } from '../support/temporary-folder.js';
import { type AuthDatabase, HOUR_MS, SILENT, TRAIL, startAuthDatabase } from './auth-database.js';

const LINE = /^imgsrv bootstrap token: (imgsrv_at_[0-9A-Za-z]{16}_[0-9A-Za-z]{36})$/;

let auth: AuthDatabase;
let authenticator: Authenticator;

beforeAll(async () => {
  auth = await startAuthDatabase();
  authenticator = new Authenticator(auth.database, SILENT);
});
afterAll(async () => {
  await authenticator.settled();
  await auth.close();
});
beforeEach(() => auth.clear());

describe('when no usable auth-manager exists', () => {
  it('prints one line with a token of 24 hours that may manage auth and nothing else', async () => {
    const lines = await bootstrap('issued');

    expect(lines).toHaveLength(1);
    const caller = await authenticator.authenticate(tokenIn(lines));
    expect(caller).toMatchObject({
      displayName: 'bootstrap',
      principalKind: 'user',
      roleIds: ['auth-manager'],
    });
    const lifetimeMs = caller.credential.expiresAt.getTime() - Date.now();
    expect(lifetimeMs / HOUR_MS).toBeCloseTo(24, 1);
  });

  it('prints a line in one of many replicas that start at once', async () => {
    const replicas = await Promise.all(Array.from({ length: 4 }, () => auth.replica()));
    const lines: string[] = [];
    const outcomes = await Promise.all(
      [...replicas, ...replicas, ...replicas].map((database) =>
        ensureBootstrapToken(database, { writeLine: (line) => lines.push(line) }, TRAIL),
      ),
    );
    expect(outcomes.filter((outcome) => outcome === 'issued')).toHaveLength(1);
    expect(lines).toEqual([expect.stringMatching(LINE)]);
  });

  it.each<[string, string]>([
    ['expired', 'UPDATE api_tokens SET expires_at = now()'],
    ['was revoked', 'UPDATE api_tokens SET revoked_at = now()'],
  ])('issues another token to the same principal when the last one %s', async (_what, spoil) => {
    await bootstrap('issued');
    await auth.database.rows(spoil);
    expect(await bootstrap('issued')).toEqual([expect.stringMatching(LINE)]);
    expect((await auth.principals.list({ limit: 10 })).items).toHaveLength(1);
  });

  it.each<[string, string]>([
    ['disabled', 'UPDATE principals SET disabled = true'],
    ['deleted', 'UPDATE principals SET deleted_at = now()'],
    ['deprived of its role', 'DELETE FROM role_assignments'],
  ])('brings no earlier token back when the bootstrap principal was %s', async (_what, spoil) => {
    const earlier = tokenIn(await bootstrap('issued'));
    await auth.database.rows(spoil);

    const now = tokenIn(await bootstrap('issued'));

    expect((await authenticator.authenticate(now)).roleIds).toEqual(['auth-manager']);
    const revived = await authenticator.authenticate(earlier).catch(() => undefined);
    expect(revived?.roleIds ?? []).toEqual([]);
  });

  it('does not make an auth-manager of somebody else who is called bootstrap', async () => {
    const namesake = await auth.principals.create({ kind: 'user', displayName: 'bootstrap' });
    await bootstrap('issued');
    expect((await auth.principals.get(namesake.id)).roleIds).toEqual([]);
  });
});

describe('when a usable auth-manager exists', () => {
  it('prints nothing and changes nothing, at the second start too', async () => {
    await auth.holder(['auth-manager']);
    expect(await bootstrap('not-needed')).toEqual([]);
    expect(await bootstrap('not-needed')).toEqual([]);
    expect((await auth.principals.list({ limit: 10 })).items).toHaveLength(1);
  });

  it('leaves the file alone', async () => {
    await auth.holder(['auth-manager']);
    const { path } = await createTemporaryFolder('bootstrap');
    const tokenFile = join(path, 'token');
    await ensureBootstrapToken(auth.database, { tokenFile, writeLine: unexpectedLine }, TRAIL);
    expect(await readdir(path)).toEqual([]);
  });
});

describe('the token file', () => {
  let folder: string;
  let tokenFile: string;

  beforeEach(async () => {
    folder = (await createTemporaryFolder('bootstrap')).path;
    tokenFile = join(folder, 'token');
  });

  it('gets the token, readable by its owner only, and nothing is printed', async () => {
    await ensureBootstrapToken(auth.database, { tokenFile, writeLine: unexpectedLine }, TRAIL);
    const text = await readFile(tokenFile, 'utf8');
    expect(text).toMatch(/^imgsrv_at_\w+\n$/);
    await expect(authenticator.authenticate(text.trimEnd())).resolves.toBeDefined();
    expect((await stat(tokenFile)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['token']);
  });

  it('replaces a file that others could read, and a link without following it', async () => {
    const target = join(folder, 'target');
    await writeFile(target, 'precious', { mode: 0o644 });
    await symlink(target, tokenFile);
    await ensureBootstrapToken(auth.database, { tokenFile, writeLine: unexpectedLine }, TRAIL);
    expect(await readFile(target, 'utf8')).toBe('precious');
    expect((await stat(tokenFile)).mode & 0o777).toBe(0o600);
  });

  it.each<[string, () => Promise<void>]>([
    [
      'its folder does not exist',
      () => Promise.resolve((tokenFile = join(folder, 'absent', 'token'))).then(),
    ],
    ['a folder is in its place', () => mkdir(tokenFile)],
  ])('leaves no live token and no rest behind when %s', async (_what, obstruct) => {
    await obstruct();
    const before = await readdir(folder);
    await expect(
      ensureBootstrapToken(auth.database, { tokenFile, writeLine: unexpectedLine }, TRAIL),
    ).rejects.toThrow();
    expect(await auth.database.rows('SELECT 1 FROM api_tokens WHERE revoked_at IS NULL')).toEqual([]);
    expect(await readdir(folder)).toEqual(before);
    await expect(bootstrap('issued')).resolves.toHaveLength(1);
  });
});

it('leaves no live token behind when the line cannot be written', async () => {
  const broken = () => {
    throw new Error('EPIPE');
  };
  await expect(ensureBootstrapToken(auth.database, { writeLine: broken }, TRAIL)).rejects.toThrow('EPIPE');
  await expect(bootstrap('issued')).resolves.toHaveLength(1);
});

it('says that the database is not there instead of printing anything', async () => {
  const away = openDatabase('postgres://127.0.0.1:1/none');
  await expect(ensureBootstrapToken(away, { writeLine: unexpectedLine }, TRAIL)).rejects.toThrow(
    DependencyUnavailableError,
  );
});

async function bootstrap(expected: 'issued' | 'not-needed'): Promise<string[]> {
  const lines: string[] = [];
  const outcome = await ensureBootstrapToken(auth.database, { writeLine: (line) => lines.push(line) }, TRAIL);
  expect(outcome).toBe(expected);
  return lines;
}

function tokenIn(lines: readonly string[]): string {
  const token = LINE.exec(lines.join('\n'))?.[1];
  if (token === undefined) {
    throw new Error(`no token in ${JSON.stringify(lines)}`);
  }
  return token;
}

function unexpectedLine(line: string): never {
  throw new Error(`printed ${line.slice(0, 22)}`);
}
