import { env } from 'node:process';

/** The environment of a child process: ours, with the URL of the embedded PostgreSQL, which must not be an argument. */
export function childEnvironment(postgresUrl: string | undefined): NodeJS.ProcessEnv {
  return postgresUrl === undefined ? env : { ...env, IMGSRV_POSTGRES_URL: postgresUrl };
}
