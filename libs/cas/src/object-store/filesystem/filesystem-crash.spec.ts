import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { transform } from '@swc/core';
import type { ObjectStore } from '../object-store.js';
import { createFilesystemObjectStore } from './filesystem-object-store.js';

const PART_BYTES = 300_000;

/** What a killed process may leave on the disk is seen only by killing a real one. */
describe('filesystem object store after kill -9', () => {
  let work: string;
  let dir: string;
  let store: ObjectStore;

  beforeAll(async () => {
    work = await mkdtemp(join(tmpdir(), 'imgsrv-crash-'));
    await compileDriver(work);
  });

  afterAll(async () => {
    await rm(work, { recursive: true, force: true });
  });

  beforeEach(async () => {
    dir = await mkdtemp(join(work, 'store-'));
    store = createFilesystemObjectStore({ dir });
  });

  /** Runs `body` (CommonJS, with `store`, `storeObject`, `putWhole` and `say`) and gives the lines it said, until it ended. */
  async function run(body: string, onLine?: (child: ChildProcess, lines: number) => void): Promise<string[]> {
    const script = `
      const { createHash } = require('node:crypto');
      const { Readable } = require('node:stream');
      const { createFilesystemObjectStore } = require(${JSON.stringify(join(work, 'driver/filesystem/filesystem-object-store.js'))});
      const store = createFilesystemObjectStore({ dir: ${JSON.stringify(dir)} });
      const content = (name) => Buffer.alloc(${PART_BYTES}, createHash('sha256').update(name).digest());
      const say = (line) => require('node:fs').writeSync(1, line + '\\n');
      const storeObject = async (key) => {
        const uploadId = await store.createMultipartUpload(key);
        const put = async (partNumber, bytes) => {
          const part = { key, uploadId, partNumber, sizeBytes: bytes.length };
          const { etag } = await store.putPart(part, Readable.from([bytes]));
          if (onPart) say('part');
          return { ...part, etag };
        };
        await put(1, content('given up'));
        const parts = [await put(2, content(key)), await put(1, content(key))];
        await store.completeMultipartUpload(key, uploadId, parts);
      };
      const putWhole = async (key) => {
        const bytes = Buffer.concat([content(key), content(key)]);
        await store.putObject({ key, sizeBytes: bytes.length }, Readable.from([bytes]));
      };
      const onPart = ${String(onLine !== undefined)};
      (async () => { ${body} })();`;
    const child = spawn(process.execPath, ['--eval', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    const exited = once(child, 'exit');
    const said: string[] = [];
    for await (const line of createInterface({ input: outputOf(child) })) {
      said.push(line);
      onLine?.(child, said.length);
    }
    const [exitCode, signal] = (await exited) as [number | null, string | null];
    expect([exitCode, signal]).toEqual(
      said.at(-1) === 'deleted' && exitCode === 0 ? [0, null] : [null, 'SIGKILL'],
    );
    return said;
  }

  function runAndKill(body: string, lines: number): Promise<string[]> {
    return run(body, (child, said) => {
      if (said === lines) child.kill('SIGKILL');
    });
  }

  it('shows nothing of a part that was being written, lists the upload and tidies it up', async () => {
    const [uploadId] = await runAndKill(
      `const uploadId = await store.createMultipartUpload('a/b');
       let sentBytes = 0;
       const body = new Readable({ read() {
         sentBytes += 65536;
         if (sentBytes === 64 * 65536) say(uploadId);
         setImmediate(() => this.push(Buffer.alloc(65536)));
       } });
       await store.putPart({ key: 'a/b', uploadId, partNumber: 1, sizeBytes: 1e12 }, body);`,
      1,
    );
    const [incoming] = await readdir(join(dir, 'objects/a/b', `_upload-${uploadId ?? ''}`));
    expect(incoming).toMatch(/^incoming-/);
    await expect(store.head('a/b')).resolves.toBeUndefined();
    expect(await keysOf(store.list(''))).toEqual([]);
    expect(await keysOf(store.listMultipartUploads(''))).toEqual(['a/b']);
    await tidyUp(store);
    expect(await readdir(join(dir, 'objects'))).toEqual([]);
  });

  /** What has to be true after any death. Ends with an empty store. */
  async function expectWholeOrNone(parts = 2): Promise<string[]> {
    const readable = await keysOf(store.list(''));
    for (const key of readable) {
      const { body, sizeBytes } = await store.openRead(key);
      const bytes = Buffer.concat(await body.toArray());
      expect(bytes.length).toBe(sizeBytes);
      const part = Buffer.alloc(PART_BYTES, createHash('sha256').update(key).digest());
      expect(bytes.equals(Buffer.concat([part, part]))).toBe(true);
    }
    await tidyUp(store);
    expect(await keysOf(store.listMultipartUploads(''))).toEqual([]);
    expect(await keysOf(store.list(''))).toEqual(readable);
    for (const key of readable) {
      expect(await readdir(join(dir, 'objects', key, '_object'))).toHaveLength(parts + 1);
      await store.delete(key);
    }
    // Empty folders of keys may stay.
    const left = await readdir(join(dir, 'objects'), { recursive: true, withFileTypes: true });
    expect(left.filter((entry) => entry.isFile() || entry.name.startsWith('_'))).toEqual([]);
    return readable;
  }

  it.each([
    { how: 'storeObject', key: 'a/b', parts: 2, steps: 20 },
    { how: 'putWhole', key: 'a/b/c/0b5e2c8e-41a5-4d0c-9d4b-1f0a0d4a7c11', parts: 1, steps: 14 },
  ])(
    'has whole objects or none, and nothing that no list shows, whichever step of $how it was killed at',
    async ({ how, key, parts, steps }) => {
      await store.check();
      let said: string[] = [];
      let step = 0;
      while (!said.includes('deleted')) {
        step += 1;
        said = await run(
          `let left = ${step};
         const fsp = require('node:fs/promises');
         for (const name of ['open', 'mkdir', 'rename', 'rm', 'rmdir']) {
           const original = fsp[name];
           fsp[name] = async (...args) => {
             left -= 1;
             if (left > 0) return original(...args);
             if (name === 'rm') await partly(original, args[0]);
             process.kill(process.pid, 'SIGKILL');
             return new Promise(() => undefined);
           };
         }
         const partly = async (rm, path) => {
           const [file] = await fsp.readdir(path).catch(() => []);
           if (file !== undefined) await rm(require('node:path').join(path, file));
         };
         await ${how}('${key}');
         say('completed');
         await store.delete('${key}');
         say('deleted');`,
        );
        const readable = await expectWholeOrNone(parts);
        if (said.length === 1) expect(['', key]).toContain(readable.join());
        if (said.length === 2) expect(readable).toEqual([]);
      }
      // Fewer would mean that the driver's steps were not met.
      expect(step).toBeGreaterThan(steps);
    },
    180_000,
  );

  it.each([5, 26, 47])(
    'has whole objects or none when it is killed at any time after step %i',
    async (steps) => {
      await runAndKill(
        `for (let n = 0; ; n += 1) {
         const key = 'a/' + (n % 5) + '/' + n;
         await storeObject(key);
         if (n % 3 === 0) await store.delete(key);
       }`,
        steps,
      );
      await expectWholeOrNone();
    },
  );
});

async function tidyUp(store: ObjectStore): Promise<void> {
  for await (const { key, uploadId } of store.listMultipartUploads('')) {
    await store.abortMultipartUpload(key, uploadId);
  }
}

async function keysOf(listed: AsyncIterable<{ key: string }>): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of listed) keys.push(key);
  return keys;
}

function outputOf({ stdout }: ChildProcess): NodeJS.ReadableStream {
  if (!stdout) throw new Error('The child has no output.');
  return stdout;
}

/** Node cannot run TypeScript yet on every version that is supported, so the child gets the driver compiled. */
async function compileDriver(to: string): Promise<void> {
  const driver = join(__dirname, '..');
  const used = ['errors', 'text'].map((folder) => join(__dirname, '../../../../platform/src', folder));
  const platform = join(to, 'node_modules/@imgsrv/platform');
  await compileFolder(driver, join(to, 'driver'));
  await compileFolder(join(driver, 'filesystem'), join(to, 'driver/filesystem'));
  const modules = (await Promise.all(used.map((folder) => compileFolder(folder, platform)))).flat();
  const index = modules.map((module) => `...require('./${module}')`).join(', ');
  const library = 'node_modules/lru-cache';
  await symlink(join(__dirname, '../../../../..', library), join(to, library));
  await writeFile(join(platform, 'index.js'), `module.exports = { ${index} };`);
}

async function compileFolder(from: string, to: string): Promise<string[]> {
  const sources = (await readdir(from)).filter((name) => /^[^.]+(?:\.(?:error|errors))?\.ts$/.test(name));
  for (const source of sources) {
    const { code } = await transform(await readFile(join(from, source), 'utf8'), {
      swcrc: false,
      module: { type: 'commonjs' },
      jsc: {
        target: 'es2022',
        parser: { syntax: 'typescript', decorators: true },
        transform: { legacyDecorator: true },
      },
    });
    const target = join(to, source.replace(/\.ts$/, '.js'));
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, code);
  }
  return sources.map((source) => source.replace(/\.ts$/, '.js'));
}
