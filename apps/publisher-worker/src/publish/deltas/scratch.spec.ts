import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { fillScratchFile, openScratchFile, ScratchError } from './scratch.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'imgsrv-scratch-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

it('is a file without a name', async () => {
  const file = await openScratchFile(folder);
  expect(readdirSync(folder)).toEqual([]);
  const sizes: number[] = [];
  const source = Readable.from([Buffer.from('one, '), Buffer.from('two')]);
  await fillScratchFile(file, source, (sizeBytes) => sizes.push(sizeBytes));
  const { buffer, bytesRead } = await file.read(Buffer.alloc(20), 0, 20, 0);
  expect([buffer.subarray(0, bytesRead).toString(), sizes]).toEqual(['one, two', [5, 3]]);
  await file.close();
});

it('tells a folder that is not there from a source that fails', async () => {
  await expect(openScratchFile(join(folder, 'nothing'))).rejects.toThrow(ScratchError);
  const file = await openScratchFile(folder);
  const gone = new Error('the store is gone');
  const failing = new Readable({
    read() {
      this.destroy(gone);
    },
  });
  await expect(fillScratchFile(file, failing, () => undefined)).rejects.toBe(gone);
  await file.close();
  const source = Readable.from([Buffer.from('one')]);
  await expect(fillScratchFile(file, source, () => undefined)).rejects.toThrow(ScratchError);
  expect(source.destroyed).toBe(true);
});
