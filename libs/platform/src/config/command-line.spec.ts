import { readFileSync } from 'node:fs';
import { parseCommandLine } from './command-line.js';
import type { Config } from './config.js';
import { InvalidSettingError } from './invalid-setting.error.js';
import { SETTING_NAMES } from './settings.js';
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

  it('explains every setting in --help', () => {
    const command = parseCommandLine('api', ['--help'], {});
    const text = command.kind === 'print' ? command.text : '';
    expect(SETTING_NAMES.filter((name) => !text.includes(`--${name} `))).toEqual([]);
  });

  it('prints the version of the package', () => {
    const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect(VERSION).toBe(manifest.version);
    expect(parseCommandLine('api', ['--version'], {})).toEqual({ kind: 'print', text: `imgsrv ${VERSION}` });
  });
});
