import { setTimeout as wait } from 'node:timers/promises';
import type { ImgsrvClient, Schemas } from '@imgsrv/client';
import { CliError } from '../cli.errors.js';
import type { Progress, ProgressTask } from '../output/progress.js';

export type Job = Schemas['PublishJobResponse'];
type Step = Job['steps'][number];

const FIRST_LOOK_MS = 100;
const LONGEST_LOOK_MS = 2000;

/** What the steps of a publish do, for people. */
const STEP_TEXT: Readonly<Record<string, string>> = {
  validate_catalog: 'check the formats and contents',
  make_deltas: 'make deltas',
  incus_index: 'prepare the lists for Incus and LXD',
  finalize_publish: 'make it visible',
};

/** Watches a job until it is over, and shows its steps. Resolves with the job that succeeded; throws when it did not. */
export async function followJob(
  client: ImgsrvClient,
  begun: Job,
  { progress, signal }: { readonly progress: Progress; readonly signal: AbortSignal },
): Promise<Job> {
  const steps = new StepDisplay(progress);
  let job = begun;
  for (let lookMs = FIRST_LOOK_MS; ; lookMs = Math.min(lookMs * 1.3, LONGEST_LOOK_MS)) {
    steps.show(job.steps);
    if (job.state === 'succeeded') return job;
    if (job.state === 'failed' || job.state === 'canceled') throw jobFailure(job);
    await wait(lookMs, undefined, { signal });
    job = await client.call('get', '/v1/publish-jobs/{job_id}', { path: { job_id: job.id }, signal });
  }
}

function jobFailure(job: Job): CliError {
  const name = `${job.image_name}:${job.version}`;
  if (job.state === 'canceled') {
    return new CliError(
      'failed-job',
      `The publish of ${name} was canceled.`,
      'The version is a draft again: publish it once more.',
    );
  }
  const reason = job.failure_message ?? 'The server does not say why.';
  const step = job.failed_step === undefined ? '' : ` (${STEP_TEXT[job.failed_step] ?? job.failed_step})`;
  return new CliError(
    'failed-job',
    `The publish of ${name} has failed${step}: ${reason}`,
    `Mended the files? imgsrv publish --replace-draft … begins again. To try the same once more: imgsrv jobs retry ${name}`,
  );
}

export function stepText({ name }: Pick<Step, 'name'>): string {
  return STEP_TEXT[name] ?? name;
}

/** A line for each step that is over, and a bar for one that reads bytes. */
class StepDisplay {
  private readonly tasks = new Map<string, ProgressTask>();
  private readonly over = new Set<string>();

  constructor(private readonly progress: Progress) {}

  show(steps: readonly Step[]): void {
    for (const step of steps) {
      if (this.over.has(step.name)) continue;
      const isOver = ['succeeded', 'failed', 'skipped'].includes(step.state);
      if (!isOver && step.state !== 'running') continue;
      if (!this.tasks.has(step.name))
        this.tasks.set(step.name, this.progress.start(stepText(step), 'running', 0));
      if (step.progress !== undefined) {
        const { done_bytes, total_bytes } = step.progress;
        this.tasks.get(step.name)?.update(done_bytes, 'checking', total_bytes);
      }
      if (!isOver) continue;
      this.over.add(step.name);
      this.tasks.get(step.name)?.finish(step.state === 'succeeded' ? 'done' : step.state);
    }
  }
}
