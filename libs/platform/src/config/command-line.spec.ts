import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseCommandLine } from './command-line.js';
import type { Config } from './config.js';
import { InvalidSettingError } from './invalid-setting.error.js';
import { fileFormOf, type Setting, SETTING_NAMES, SETTINGS } from './settings.js';
import { VERSION } from './version.js';

function config(argv: string[], environment: NodeJS.ProcessEnv = {}): Config {
  const command = parseCommandLine('api', argv, environment);
  if (command.kind !== 'run') {
    throw new Error(command.text);
  }
  return command.config;
}

const S3 = {
  IMGSRV_S3_ENDPOINT: 's3:9000',
  IMGSRV_S3_BUCKET: 'b',
  IMGSRV_S3_ACCESS_KEY_ID: 'id',
  IMGSRV_S3_SECRET_ACCESS_KEY: 'hunter2',
};

describe('command line', () => {
  it('has the documented defaults', () => {
    expect(config([])).toMatchObject({
      listen: { port: 8080 },
      metricsListen: { host: '127.0.0.1', port: 9464 },
      metricsPath: '/metrics',
      logFormat: 'text',
      shutdownTimeoutMs: 10_000,
      uploadTtlMs: 86_400_000,
      uploadMaxAgeMs: 604_800_000,
      maxOpenUploads: 1000,
      streamsVisibleVersions: 0,
      maxDrafts: 1000,
      defaultVisibility: 'public',
      worker: {
        promotionEnabled: true,
        pollIntervalMs: 5000,
        errorBackoffMs: 5000,
        errorBackoffMaxMs: 60_000,
        breakerFailures: 10,
        breakerCooldownMs: 60_000,
        jobLeaseMs: 60_000,
      },
    });
  });

  it('lets a flag win over the environment', () => {
    const environment = { IMGSRV_LISTEN: ':1', IMGSRV_VERBOSITY: 'warn' };
    expect(config(['--listen', ':2'], environment)).toMatchObject({ listen: { port: 2 }, verbosity: 'warn' });
  });

  it('switches a listener off with an empty value', () => {
    expect(config(['--metrics-listen', '']).metricsListen).toBeUndefined();
    expect(config(['--metrics-listen=']).metricsListen).toBeUndefined();
  });

  it.each([
    [['--s3-use-tls'], true],
    [['--s3-use-tls=true'], true],
    [['--s3-use-tls', 'false'], false],
    [['--s3-use-tls', '--s3-path-style'], true],
    [[], false],
  ])('reads the switch of %p as %p', (argv, expected) => {
    expect(config(argv, S3).s3?.useTls).toBe(expected);
  });

  it('gives processes that share a machine different addresses', () => {
    const worker = parseCommandLine('worker', [], {});
    expect(worker).toMatchObject({ config: { listen: { port: 8081 }, metricsListen: { port: 9465 } } });
  });

  it.each([
    ['an unknown flag', ['--nope'], {}, '--nope'],
    ['a positional argument', ['serve'], {}, 'serve'],
    ['a bad value', ['--listen', 'x'], {}, '--listen (IMGSRV_LISTEN)'],
    ['a bad environment value', [], { IMGSRV_JOB_LEASE: '1' }, '--job-lease (IMGSRV_JOB_LEASE)'],
    ['half of the S3 settings', [], { IMGSRV_S3_BUCKET: 'b' }, '--s3-endpoint'],
    ['two stores', ['--storage-dir', '/x'], S3, '--storage-dir'],
    ['a certificate without a key', ['--tls-cert-file', 'package.json'], {}, '--tls-key-file'],
    ['an absent authority', ['--oidc-ca-file', '/no'], {}, '--oidc-ca-file'],
    ['an authority that is none', ['--oidc-ca-file', 'package.json'], {}, '--oidc-ca-file'],
    ['an absent certificate', ['--tls-cert-file', '/no', '--tls-key-file', '/no'], {}, '--tls-cert-file'],
  ])('names the setting for %s', (_case, argv, environment, named) => {
    expect(() => config(argv, environment)).toThrow(InvalidSettingError);
    expect(() => config(argv, environment)).toThrow(named);
  });

  it('never shows a secret', () => {
    const secret = /hunter2/;
    expect(() => config([], { IMGSRV_POSTGRES_URL: 'hunter2' })).toThrow(InvalidSettingError);
    expect(() => config([], { IMGSRV_POSTGRES_URL: 'hunter2' })).not.toThrow(secret);
  });

  it('explains in --help every setting that the process uses', () => {
    const explained = (['api', 'worker', 'rebuild', 'doctor', 'standalone'] as const).map((processName) => {
      const command = parseCommandLine(processName, ['--help'], {});
      const text = command.kind === 'print' ? command.text : '';
      return SETTING_NAMES.filter((name) => text.includes(`  --${name} `));
    });
    const [api = [], worker = [], rebuild = [], doctor = [], standalone = []] = explained;
    expect(new Set(explained.flat())).toEqual(new Set(SETTING_NAMES));
    expect(api).not.toContain('scrub-period');
    expect(worker).not.toContain('migrate-only');
    expect(rebuild).toEqual(
      expect.arrayContaining(['verify-bytes', 'postgres-url', 's3-bucket', 'storage-dir']),
    );
    expect(rebuild).not.toContain('listen');
    expect(doctor).toEqual(
      expect.arrayContaining(['json', 'postgres-url', 's3-bucket', 'storage-dir', 'verbosity']),
    );
    expect(doctor.filter((name) => /^(?:listen|upload|verify|worker)/.test(name))).toEqual([]);
    expect(standalone).toEqual(SETTING_NAMES.filter((name) => name !== 'verify-bytes' && name !== 'json'));
  });

  it('prints the version of the package with its commit and date', () => {
    const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect(VERSION).toBe(manifest.version);
    const build = { version: VERSION, commit: '0'.repeat(40), builtAt: '2026-01-31T12:00:00Z' };
    expect(parseCommandLine('api', ['--version'], {}, build)).toEqual({
      kind: 'print',
      text: `imgsrv ${VERSION} (commit 000000000000, built 2026-01-31T12:00:00Z)`,
    });
  });
});

describe('secrets in files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'imgsrv-secrets-'));
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  function file(content: string): string {
    const path = join(mkdtempSync(join(folder, 'secret-')), 'secret');
    writeFileSync(path, content);
    return path;
  }

  it('exist for every secret setting', () => {
    const secrets = SETTING_NAMES.filter((name) => (SETTINGS[name] as Setting<unknown>).secret);
    expect(secrets.length).toBeGreaterThan(0);
    expect(secrets.filter((name) => fileFormOf(name) !== `${name}-file`)).toEqual([]);
  });

  it.each([
    ['hunter2', 'hunter2'],
    ['hunter2\n', 'hunter2'],
    ['hunter2\r\n', 'hunter2'],
    [' hunter2 \n', ' hunter2 '],
  ])('are read without the line end: %j', (content, secretAccessKey) => {
    const environment = { ...S3, IMGSRV_S3_SECRET_ACCESS_KEY: undefined };
    const flags = ['--s3-secret-access-key-file', file(content)];
    expect(config(flags, environment).s3).toMatchObject({ secretAccessKey });
  });

  it('may all be given, by flag or by environment', () => {
    const all = config(['--postgres-url-file', file('postgres://u:hunter2@h/d\n')], {
      ...{ IMGSRV_S3_ENDPOINT: 's3:9000', IMGSRV_S3_BUCKET: 'b' },
      IMGSRV_S3_ACCESS_KEY_ID_FILE: file('id\n'),
      IMGSRV_S3_SECRET_ACCESS_KEY_FILE: file('key\n'),
      IMGSRV_S3_SESSION_TOKEN_FILE: file('token\n'),
    });
    expect(all.postgresUrl).toBe('postgres://u:hunter2@h/d');
    expect(all.s3).toMatchObject({ accessKeyId: 'id', secretAccessKey: 'key', sessionToken: 'token' });
  });

  it.each([
    ['an absent file', '/no/such/file', 'must be a readable file, not "/no/such/file".'],
    ['a folder', folder, 'must be a readable file'],
    ['an empty file', file(''), 'must be a file that holds something'],
    ['a file of one line end', file('\n'), 'must be a file that holds something'],
    ['a file of two lines', file('hunter2\nhunter2\n'), 'must be a file of one line'],
    ['a file of something else', file('mysql://hunter2'), 'must hold a URL such as postgres://'],
  ])('are refused for %s, without showing it', (_case, path, sentence) => {
    const read = () => config([], { IMGSRV_POSTGRES_URL_FILE: path });
    expect(read).toThrow(InvalidSettingError);
    expect(read).toThrow(sentence);
    expect(read).toThrow('--postgres-url-file (IMGSRV_POSTGRES_URL_FILE)');
    expect(read).not.toThrow(/hunter2/);
  });

  it.each([
    [['--postgres-url', 'postgres://u:hunter2@h/d'], {}],
    [[], { IMGSRV_POSTGRES_URL: 'postgres://u:hunter2@h/d' }],
  ])('exclude the plain form: %j %j', (argv, environment) => {
    const read = () => config([...argv, '--postgres-url-file', '/x'], environment);
    expect(read).toThrow(
      '--postgres-url (IMGSRV_POSTGRES_URL) and --postgres-url-file (IMGSRV_POSTGRES_URL_FILE) exclude each other',
    );
    expect(read).not.toThrow(/hunter2/);
  });
});
