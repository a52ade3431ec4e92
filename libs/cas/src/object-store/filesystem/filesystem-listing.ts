import type { Dirent } from 'node:fs';
import { opendir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ListedMultipartUpload, ListedObject, MultipartUploadId } from '../object-store.js';
import { errorCode, ignoring } from './durable-files.js';
import { unlessDamaged, unnamedFiles } from './filesystem-uploads.js';
import { findManifest } from './manifest.js';
import { MANIFEST_FILE, OBJECT_FOLDER, prefixFolder, unfinishedId } from './object-folders.js';

export async function* listObjects(root: string, prefix: string): AsyncGenerator<ListedObject> {
  for await (const { key, name, path } of innerFolders(root, prefix)) {
    if (name !== OBJECT_FOLDER) continue;
    const manifest = await stat(join(path, MANIFEST_FILE)).catch(ignoring('ENOENT'));
    if (manifest) yield { key, lastModified: manifest.mtime };
  }
}

/** Unfinished uploads, and what a crash left of removals and in published folders: abort tidies all of them up. */
export async function* listUnfinished(root: string, prefix: string): AsyncGenerator<ListedMultipartUpload> {
  for await (const { key, name, path } of innerFolders(root, prefix)) {
    const id = name === OBJECT_FOLDER ? await untidyId(path) : unfinishedId(name);
    const folder = id === undefined ? undefined : await stat(path).catch(ignoring('ENOENT'));
    if (id !== undefined && folder) {
      yield { key, uploadId: id as MultipartUploadId, initiatedAt: folder.mtime };
    }
  }
}

async function untidyId(folder: string): Promise<string | undefined> {
  const manifest = await findManifest(folder).catch(unlessDamaged);
  return manifest && (await unnamedFiles(folder, manifest)).length > 0 ? manifest.uploadId : undefined;
}

interface InnerFolder {
  readonly key: string;
  readonly name: string;
  readonly path: string;
}

/** The folders of our own (their names begin with `_`) of every key that begins with `prefix`. */
async function* innerFolders(root: string, prefix: string): AsyncGenerator<InnerFolder> {
  const { folder, keys, start } = prefixFolder(root, prefix);
  for await (const { name } of subfolders(folder)) {
    if (!name.startsWith('_') && name.startsWith(start)) yield* below(join(folder, name), `${keys}${name}`);
  }
}

async function* below(folder: string, key: string): AsyncGenerator<InnerFolder> {
  for await (const { name } of subfolders(folder)) {
    const path = join(folder, name);
    if (name.startsWith('_')) yield { key, name, path };
    else yield* below(path, `${key}/${name}`);
  }
}

/** Folders that vanish meanwhile are left out: what they held is gone. */
async function* subfolders(folder: string): AsyncGenerator<Dirent> {
  try {
    for await (const entry of await opendir(folder)) if (entry.isDirectory()) yield entry;
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
  }
}
