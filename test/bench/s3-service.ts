import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { RawS3 } from './raw-s3.js';

const run = promisify(execFile);
const SCRIPTS = join(import.meta.dirname, '..', 'ci');

/** The S3 service that stores are measured on, and its processes where it was started here. */
export interface S3Service {
  readonly raw: RawS3;
  readonly pids: readonly number[];
  stop(): Promise<void>;
}

/** The service that IMGSRV_TEST_S3_* names, else a Ceph RGW of its own; undefined where neither is there. */
export async function openS3Service(folder: string): Promise<S3Service | undefined> {
  const given = RawS3.fromEnvironment();
  if (given !== undefined) {
    const stop = (): Promise<void> => {
      given.close();
      return Promise.resolve();
    };
    return { raw: given, pids: [], stop };
  }
  if (!existsSync('/usr/bin/radosgw')) {
    return undefined;
  }
  await run(join(SCRIPTS, 'rgw-up.sh'), [folder]);
  const settings = await readFile(join(folder, 's3.env'), 'utf8');
  for (const [, name = '', value = ''] of settings.matchAll(/^export (\w+)=(.*)$/gm)) {
    process.env[name] = value;
  }
  const raw = RawS3.fromEnvironment();
  if (raw === undefined) {
    throw new Error('the S3 service that was started has no settings');
  }
  return {
    raw,
    pids: await pidsIn(join(folder, 'run')),
    stop: async () => {
      raw.close();
      await run(join(SCRIPTS, 'rgw-down.sh'), [folder]);
    },
  };
}

async function pidsIn(folder: string): Promise<number[]> {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.pid'));
  const texts = await Promise.all(files.map((name) => readFile(join(folder, name), 'utf8')));
  return texts.map((text) => Number(text.trim())).filter((pid) => pid > 0);
}
