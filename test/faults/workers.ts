import type { RunningService } from '../support/service.js';
import type { ServiceProcess } from '../support/service-process.js';
import { waitFor } from '../support/wait-for.js';
import type { TestConnection } from '../support/test-connection.js';

let started = 0;

/** Starts a worker that can be told from others in the rows of the jobs it holds. */
export async function startNamedWorker(
  service: RunningService,
  flags: readonly string[] = [],
): Promise<NamedWorker> {
  started += 1;
  const nodeName = `worker-${started}`;
  return { nodeName, process: await service.startWorker(['--node-name', nodeName, ...flags]) };
}

export interface NamedWorker {
  readonly nodeName: string;
  readonly process: ServiceProcess;
}

/** Kills a worker as the kernel would, and resolves when it is gone. */
export async function killNow(process: ServiceProcess): Promise<void> {
  process.kill('SIGKILL');
  await process.exited;
}

/** The one of `workers` that holds the job of this kind, once one does. */
export async function holderOf(
  connection: TestConnection,
  kind: string,
  workers: readonly NamedWorker[],
): Promise<NamedWorker> {
  return waitFor(
    async () => {
      const [row] = await connection.rows<{ worker_id: string }>(
        `SELECT worker_id FROM jobs WHERE kind = $1 AND state = 'running'`,
        [kind],
      );
      return workers.find(({ nodeName }) => row?.worker_id.startsWith(`${nodeName}/`) === true);
    },
    { what: `a worker to hold a job of the kind ${kind}` },
  );
}
