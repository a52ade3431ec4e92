import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { environmentName, SETTING_NAMES } from '../../libs/platform/src/config/settings.js';
import { describeWith } from '../fixtures/requirement.js';

const DOCKER = join(import.meta.dirname, '..', '..', 'docker');

interface Mount {
  readonly source: string;
  readonly target: string;
}

interface Service {
  readonly image: string;
  readonly build?: { readonly context: string; readonly dockerfile: string };
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly configs?: readonly Mount[];
  readonly volumes?: readonly string[];
  readonly healthcheck?: object;
  readonly read_only?: boolean;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly stop_grace_period?: string;
  readonly restart?: string;
  readonly mem_limit?: string;
  readonly pids_limit?: number;
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly configs: Readonly<Record<string, { readonly content: string }>>;
  readonly volumes: Readonly<Record<string, null>>;
}

describe('docker/compose.yaml', () => {
  const { services, configs, volumes } = parse(readFileSync(join(DOCKER, 'compose.yaml'), 'utf8'), {
    merge: true,
  }) as Compose;
  const ours = Object.entries(services).filter(([, { image }]) => image === 'imgsrv');

  it('runs Postgres, an S3 store, an api and a worker', () => {
    expect(Object.keys(services)).toEqual(['postgres', 's3', 'bucket', 'api', 'worker']);
    expect(services['api']?.command).toEqual(['api']);
    expect(services['worker']?.command).toEqual(['worker']);
    expect(existsSync(join(DOCKER, '..', services['api']?.build?.dockerfile ?? ''))).toBe(true);
  });

  it('pins what it does not build', () => {
    const others = Object.values(services).filter(({ image }) => image !== 'imgsrv');
    expect(others.every(({ image }) => /:\d[\d.]*$/.test(image))).toBe(true);
  });

  it('bounds the memory and the processes of everything', () => {
    for (const [name, { mem_limit: memory, pids_limit: pids }] of Object.entries(services)) {
      expect([name, memory, pids]).toEqual([name, expect.stringMatching(/^\d+[mg]$/), expect.any(Number)]);
    }
  });

  it('has a form with https, by settings that exist', () => {
    const text = readFileSync(join(DOCKER, 'compose.tls.yaml'), 'utf8');
    const tls = parse(text, { customTags: [{ tag: '!override', collection: 'seq' }] }) as Compose;
    const { environment = {}, volumes: mounted } = tls.services['api'] ?? {};
    expect(Object.keys(environment)).toEqual(['IMGSRV_TLS_CERT_FILE', 'IMGSRV_TLS_KEY_FILE']);
    expect(
      Object.keys(environment).every((name) => SETTING_NAMES.map(environmentName).includes(name as never)),
    ).toBe(true);
    expect(Object.values(environment).every((file) => file.startsWith('/run/tls/'))).toBe(true);
    expect(mounted).toEqual(['./tls:/run/tls:ro']);
  });

  it('waits for health, and for the bucket, before it starts what needs them', () => {
    for (const [, { depends_on: needs = {} }] of ours) {
      for (const [needed, { condition }] of Object.entries(needs)) {
        const expected =
          services[needed]?.healthcheck === undefined ? 'service_completed_successfully' : 'service_healthy';
        expect(condition).toBe(expected);
      }
    }
    for (const name of ['api', 'worker']) {
      expect(Object.keys(services[name]?.depends_on ?? {})).toEqual(['postgres', 'bucket']);
    }
  });

  it('gives our processes a read-only root, known settings and secrets in files', () => {
    const known = SETTING_NAMES.map(environmentName);
    for (const [, { environment = {}, configs: mounted = [], read_only: isReadOnly }] of ours) {
      expect(isReadOnly).toBe(true);
      expect(Object.keys(environment).filter((setting) => !known.includes(setting))).toEqual([]);
      expect(Object.keys(environment).filter((setting) => /(URL|SECRET_ACCESS_KEY)$/.test(setting))).toEqual(
        [],
      );
      const files = Object.entries(environment).filter(([setting]) => setting.endsWith('_FILE'));
      expect(files.map(([, file]) => file).sort()).toEqual(mounted.map(({ target }) => target).sort());
    }
  });

  it('has what it mounts', () => {
    for (const { configs: mounted = [], volumes: used = [] } of Object.values(services)) {
      expect(mounted.filter(({ source }) => !(source in configs))).toEqual([]);
      for (const volume of used) {
        const [source = ''] = volume.split(':');
        expect(source.startsWith('.') ? existsSync(join(DOCKER, source)) : source in volumes).toBe(true);
      }
    }
    expect(Object.values(configs).every(({ content }) => /\$\{[A-Z0-9_]+:\?/.test(content))).toBe(true);
  });

  it('waits longer for the end of a container than its process takes', () => {
    const seconds = (text: string | undefined): number => Number(/^(\d+)s$/.exec(text ?? '')?.[1]);
    for (const [, { environment, stop_grace_period: grace }] of ours) {
      expect(seconds(grace)).toBeGreaterThan(seconds(environment?.['IMGSRV_SHUTDOWN_TIMEOUT']) + 5);
    }
  });
});

describeWith('s3', 'docker/create-bucket.mjs', () => {
  it('makes a bucket once', async () => {
    const bucket = `imgsrv-compose-${Date.now()}`;
    const settings = Object.fromEntries(
      ['ENDPOINT', 'ACCESS_KEY_ID', 'SECRET_ACCESS_KEY'].map((name) => [
        `IMGSRV_S3_${name}`,
        process.env[`IMGSRV_TEST_S3_${name}`] ?? '',
      ]),
    );
    const run = async (): Promise<string> => {
      const { stdout } = await promisify(execFile)(process.execPath, [join(DOCKER, 'create-bucket.mjs')], {
        env: { ...settings, IMGSRV_S3_BUCKET: bucket, IMGSRV_S3_PATH_STYLE: 'true' },
      });
      return stdout.trim();
    };
    expect(await run()).toBe(`bucket ${bucket} created`);
    expect(await run()).toBe(`bucket ${bucket} was there`);
  });
});
