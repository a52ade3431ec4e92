import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { runFolder } from './run-folder.js';

/** Makes an empty folder that is removed after the test run at the latest. */
export async function createTemporaryFolder(
  name: string,
): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(runFolder(), `${name}-`));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}
