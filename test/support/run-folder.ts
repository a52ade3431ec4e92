/**
 * What the processes of one test run share, handed down in the environment: the folder that all temporary files of the
 * run are in, and the socket in it where what the run shares is asked for.
 */
import { join } from 'node:path';

const FOLDER_VARIABLE = 'IMGSRV_TEST_FOLDER';

export function publishRunFolder(folder: string): void {
  process.env[FOLDER_VARIABLE] = folder;
}

/** The folder of this run; it is removed after the run, however that ends. */
export function runFolder(): string {
  const folder = process.env[FOLDER_VARIABLE];
  if (folder === undefined) {
    throw new Error('the tests need test/support/global-setup.mjs as the globalSetup of Jest');
  }
  return folder;
}

export function brokerSocket(folder: string): string {
  return join(folder, 'broker.sock');
}

/** A PostgreSQL server of the user's own, on which the tests may make databases. */
export function externalPostgresUrl(): string | undefined {
  const url = process.env.IMGSRV_TEST_POSTGRES_URL;
  return url === '' ? undefined : url;
}
