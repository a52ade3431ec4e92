import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeObjectStoreContract } from '../object-store.contract.js';
import { createFilesystemObjectStore } from './filesystem-object-store.js';

describeObjectStoreContract('filesystem', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'imgsrv-store-'));
  return createFilesystemObjectStore({ dir });
});
