import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HttpClient } from './http-client.js';
import { createCertificate, type CertificateFiles } from './certificate.js';
import { Pgbouncer } from './pgbouncer.js';
import { createEmptyDatabase, createTestDatabase } from './postgres.js';
import { type S3Service, s3ServiceOf, s3Settings } from './s3-service.js';
import { ServiceProcess } from './service-process.js';
import { createTemporaryFolder } from './temporary-folder.js';
import { waitFor } from './wait-for.js';

export interface ServiceOptions {
  /** Number of api processes; default 1. */
  readonly apis?: number;
  /** Number of worker processes; default 1. */
  readonly workers?: number;
  /** More flags for every process. */
  readonly flags?: readonly string[];
  /** Serve https with a self-signed certificate. */
  readonly tls?: boolean;
  /** Where the bytes go; `s3` is the one of IMGSRV_TEST_S3_*. Default `filesystem`. */
  readonly store?: 'filesystem' | 's3' | S3Service;
  /** Use this database instead of a new one; it is not dropped. */
  readonly databaseUrl?: string;
  /** How the processes reach the new database; default directly, or as IMGSRV_TEST_POOLER says. */
  readonly pooler?: 'pgbouncer';
  /** Leave it to the processes to migrate the new one. */
  readonly isDatabaseEmpty?: boolean;
  /** Scripts to run instead of the programs, by their name. */
  readonly programs?: ReadonlyMap<string, string>;
  /** Flags for Node instead of our own. */
  readonly nodeFlags?: readonly string[];
  /** More variables of the environment of every process. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Write the logs to a file that nobody reads, for a load under which reading them would cost as much as what is measured. */
  readonly logsToFile?: boolean;
}

/** A service of real processes on a database and a store of its own. */
export interface RunningService {
  /** URL of the first api that runs. */
  readonly baseUrl: string;
  /** URLs of all apis that run. */
  readonly baseUrls: readonly string[];
  /** The token that the first api printed. */
  readonly bootstrapToken: string;
  /** Always directly. */
  readonly databaseUrl: string;
  /** What is between the processes and the database. */
  readonly pooler: Pgbouncer | undefined;
  /** The folder of the filesystem store; empty with S3. */
  readonly storageDir: string;
  /** The PEM certificate when it serves https. */
  readonly certificateFile?: string;
  /** All that were started, ended ones as well. */
  readonly apis: readonly ServiceProcess[];
  readonly workers: readonly ServiceProcess[];
  /** Starts one more api with these flags added, and resolves when it is ready. */
  startApi(flags?: readonly string[]): Promise<ServiceProcess>;
  /** Starts one more worker with these flags added, and resolves when it is up. */
  startWorker(flags?: readonly string[]): Promise<ServiceProcess>;
  /** Stops every process, then removes the database and the files. Safe to repeat. */
  stop(): Promise<void>;
}

/** Starts apis and workers out of `dist`; resolves when all of them serve. Cleans up when one does not. */
export async function startService(options: ServiceOptions = {}): Promise<RunningService> {
  const folder = await createTemporaryFolder('service');
  const database =
    options.databaseUrl === undefined
      ? await (options.isDatabaseEmpty === true ? createEmptyDatabase() : createTestDatabase())
      : { url: options.databaseUrl, drop: () => Promise.resolve() };
  const certificate = options.tls === true ? await createCertificate(folder.path) : undefined;
  const pooler = wantsPooler(options) ? await Pgbouncer.start(database.url) : undefined;
  const service = new TestService(options, folder.path, database.url, pooler, certificate, async () => {
    await pooler?.kill();
    await database.drop();
    await folder.remove();
  });
  try {
    await service.start(options.apis ?? 1, options.workers ?? 1);
  } catch (error) {
    await service.stop();
    throw error;
  }
  return service;
}

/** `IMGSRV_TEST_POOLER=pgbouncer npx jest test/contract` tries all of it through PgBouncer. */
function wantsPooler({ pooler, databaseUrl }: ServiceOptions): boolean {
  return databaseUrl === undefined && (pooler ?? process.env.IMGSRV_TEST_POOLER) === 'pgbouncer';
}

const STOP_TIMEOUT_MS = 20_000;

class TestService implements RunningService {
  readonly apis: ServiceProcess[] = [];
  readonly workers: ServiceProcess[] = [];
  readonly storageDir: string;
  readonly certificateFile?: string;
  private readonly s3: S3Service | undefined;
  private token: string | undefined;

  constructor(
    private readonly options: ServiceOptions,
    private readonly folder: string,
    readonly databaseUrl: string,
    readonly pooler: Pgbouncer | undefined,
    private readonly certificate: CertificateFiles | undefined,
    private readonly cleanUp: () => Promise<void>,
  ) {
    const { store } = options;
    this.s3 = store === 's3' ? s3ServiceOf(process.env) : typeof store === 'object' ? store : undefined;
    this.storageDir = this.s3 === undefined ? join(folder, 'store') : '';
    if (certificate !== undefined) {
      this.certificateFile = certificate.certificateFile;
    }
  }

  async start(apiCount: number, workerCount: number): Promise<void> {
    if (this.storageDir !== '') {
      await mkdir(this.storageDir);
    }
    await Promise.all([
      ...Array.from({ length: apiCount }, () => this.startApi()),
      ...Array.from({ length: workerCount }, () => this.startWorker()),
    ]);
    if (apiCount > 0 && this.options.databaseUrl === undefined) {
      // One api of many prints it, to whichever the lock came first.
      this.token = await waitFor(
        () => this.apis.map((api) => /^imgsrv bootstrap token: (\S+)$/m.exec(api.stdout)?.[1]).find(Boolean),
        { what: 'a bootstrap token' },
      );
    }
  }

  get baseUrls(): readonly string[] {
    return this.apis.filter((api) => api.isRunning).map((api) => api.url);
  }

  get baseUrl(): string {
    const [url] = this.baseUrls;
    if (url === undefined) {
      throw new Error('no api runs');
    }
    return url;
  }

  get bootstrapToken(): string {
    if (this.token === undefined) {
      throw new Error('no api printed a bootstrap token');
    }
    return this.token;
  }

  async startApi(flags: readonly string[] = []): Promise<ServiceProcess> {
    const tls = this.certificate;
    const api = this.spawn('api', [
      ...['--listen', '127.0.0.1:0'],
      ...(tls === undefined ? [] : ['--tls-cert-file', tls.certificateFile, '--tls-key-file', tls.keyFile]),
      ...flags,
    ]);
    this.apis.push(api);
    await api.waitUntilListening();
    const ca = tls === undefined ? undefined : await readFile(tls.certificateFile, 'utf8');
    await api.waitUntil('that it is ready', async () => {
      const { status } = await new HttpClient(api.url, undefined, ca).get('/readyz');
      return status === 204;
    });
    return api;
  }

  async startWorker(flags: readonly string[] = []): Promise<ServiceProcess> {
    const worker = this.spawn('worker', ['--listen', '', ...flags]);
    this.workers.push(worker);
    await worker.waitUntilListening();
    return worker;
  }

  async stop(): Promise<void> {
    const running = [...this.apis, ...this.workers].filter((process) => process.isRunning);
    running.forEach((process) => {
      // One that a test froze with SIGSTOP could not hear the other signal.
      process.kill('SIGCONT');
      process.kill('SIGTERM');
    });
    const stubborn = setTimeout(() => {
      running.forEach((process) => {
        process.kill('SIGKILL');
      });
    }, STOP_TIMEOUT_MS);
    await Promise.all(running.map((process) => process.exited));
    clearTimeout(stubborn);
    await this.cleanUp();
  }

  private spawn(name: 'api' | 'worker', flags: readonly string[]): ServiceProcess {
    const common = ['--metrics-listen', '127.0.0.1:0', '--log-format', 'json'];
    const store = this.storageDir === '' ? [] : ['--storage-dir', this.storageDir];
    const settings = {
      IMGSRV_POSTGRES_URL: this.pooler?.url ?? this.databaseUrl,
      // Tests fail to authenticate more often than anybody should; a flag brings the limit back.
      IMGSRV_FAILED_AUTH_LIMIT: '0',
      ...(this.s3 === undefined ? {} : s3Settings(this.s3)),
      ...this.options.environment,
    };
    return ServiceProcess.spawn(
      name,
      [...common, ...store, ...(this.options.flags ?? []), ...flags],
      settings,
      this.options.programs?.get(name),
      {
        ...(this.options.logsToFile === true ? { logFile: join(this.folder, 'log') } : {}),
        ...(this.options.nodeFlags === undefined ? {} : { nodeFlags: this.options.nodeFlags }),
      },
    );
  }
}
