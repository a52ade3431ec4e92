import { opendir } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { ignoring } from './durable-files.js';
import { OBJECT_FOLDER, unfinishedId } from './object-folders.js';

const KEY_SEGMENT = /^[a-z0-9-]{1,200}$/;

/** Names below the folder of a store, relative to it, that the driver cannot have made. What is inside an object is not looked at. */
export async function* foreignFiles(dir: string): AsyncGenerator<string> {
  const root = resolve(dir, 'objects');
  for await (const path of foreignBelow(root)) yield relative(root, path);
}

async function* foreignBelow(folder: string): AsyncGenerator<string> {
  const entries = await opendir(folder).catch(ignoring('ENOENT'));
  if (entries === undefined) return;
  for await (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && KEY_SEGMENT.test(entry.name)) yield* foreignBelow(path);
    else if (!entry.isDirectory() || !isOurs(entry.name)) yield path;
  }
}

function isOurs(folderName: string): boolean {
  return folderName === OBJECT_FOLDER || unfinishedId(folderName) !== undefined;
}
