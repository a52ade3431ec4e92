import { join } from 'node:path';
import { PublisherClient } from '../fixtures/publisher-client.js';
import { type RunningService, startService } from '../support/service.js';
import { createTemporaryFolder } from '../support/temporary-folder.js';
import { BenchClient } from './bench-client.js';
import { DockerRegistry } from './docker-registry.js';
import { startNginx } from './nginx.js';
import type { PeerProcess } from './peer-process.js';
import { openS3Service, type S3Service } from './s3-service.js';

/** imgsrv on one store, with a caller that may write. */
export interface Subject {
  readonly label: string;
  readonly store: 'filesystem' | 's3';
  readonly service: RunningService;
  readonly client: BenchClient;
  readonly publisher: PublisherClient;
  /** The api and the worker. */
  readonly pids: readonly number[];
  /** The processes of the store, where it has any. */
  readonly storePids: readonly number[];
}

/** Everything that is measured, and everything that it is measured against. */
export interface Stage {
  readonly folder: string;
  /** Absent where no S3 service is to be had; then nothing is measured on S3. */
  readonly s3: S3Service | undefined;
  /** Serves `folder` under /static/ and the S3 service under /proxy/. */
  readonly nginx: PeerProcess;
  /** On the S3 service if there is one. */
  readonly registry: DockerRegistry;
  readonly subjects: readonly Subject[];
}

/** Runs a benchmark with all of it up, and takes it down, also when something of it does not come up. */
export async function onStage(measure: (stage: Stage) => Promise<void>): Promise<void> {
  const closers: (() => Promise<void>)[] = [];
  const closing = <T>(opened: T, close: (it: T) => Promise<void>): T => {
    closers.unshift(() => close(opened));
    return opened;
  };
  try {
    const folder = closing(await createTemporaryFolder('bench'), (it) => it.remove());
    const s3 = closing(await openS3Service(join(folder.path, 'rgw')), async (it) => it?.stop());
    const origin = s3 === undefined ? {} : { origin: s3.raw.origin };
    const nginx = closing(
      await startNginx({ folder: join(folder.path, 'nginx'), staticDir: folder.path, ...origin }),
      (it) => it.stop(),
    );
    const registry = closing(await DockerRegistry.start(join(folder.path, 'registry'), s3?.raw), (it) =>
      it.stop(),
    );
    const subjects: Subject[] = [];
    for (const store of s3 === undefined ? (['filesystem'] as const) : (['filesystem', 's3'] as const)) {
      for (const checkout of checkouts()) {
        const pids = store === 's3' ? s3?.pids : [];
        subjects.push(closing(await startSubject(store, pids, checkout), stopSubject));
      }
    }
    await measure({ folder: folder.path, s3, nginx, registry, subjects });
  } finally {
    for (const close of closers) {
      await close();
    }
  }
}

async function stopSubject({ client, service }: Subject): Promise<void> {
  client.close();
  await service.stop();
}

/** What is measured: this checkout, and before it another one that was built, where IMGSRV_BENCH_PEER names its folder. */
function checkouts(): readonly (string | undefined)[] {
  const peer = process.env.IMGSRV_BENCH_PEER;
  return peer === undefined ? [undefined] : [peer, undefined];
}

/** Runs what was built in another `checkout`, when one is given. */
export async function startSubject(
  store: 'filesystem' | 's3',
  storePids: readonly number[] = [],
  checkout?: string,
): Promise<Subject> {
  const service = await startService({
    store,
    // All clients of a bench have one address.
    flags: ['--max-downloads-per-source', '0', '--max-connections-per-source', '0'],
    logsToFile: true,
    ...(checkout && { programs: programsOf(checkout), nodeFlags: await nodeFlagsOf(checkout) }),
  });
  const publisher = await PublisherClient.enroll({ baseUrl: service.baseUrl }, service.bootstrapToken);
  return {
    label: `imgsrv${checkout === undefined ? '' : ' before'}, ${store === 's3' ? 'S3' : 'file system'}`,
    store,
    service,
    publisher,
    client: new BenchClient(service.baseUrl, publisher.token),
    pids: [...service.apis, ...service.workers].map(({ pid }) => pid),
    storePids,
  };
}

/** Those that it says itself. */
async function nodeFlagsOf(checkout: string): Promise<readonly string[]> {
  const file = join(checkout, 'dist', 'libs', 'platform', 'src', 'lifecycle', 'node-flags.js');
  const { NODE_FLAGS } = (await import(file)) as { readonly NODE_FLAGS: readonly string[] };
  return NODE_FLAGS;
}

function programsOf(checkout: string): ReadonlyMap<string, string> {
  const apps = join(checkout, 'dist', 'apps');
  return new Map([
    ['api', join(apps, 'api', 'src', 'main.js')],
    ['worker', join(apps, 'publisher-worker', 'src', 'main.js')],
  ]);
}
