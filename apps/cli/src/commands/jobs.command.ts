import type { ImgsrvClient } from '@imgsrv/client';
import type { Command } from 'commander';
import type { CommandMaker } from '../command.js';
import { readFullRef } from '../image-ref.js';
import { followJob, type Job, stepText } from '../jobs/follow-job.js';
import { facts, table } from '../output/table.js';
import { timeText } from '../output/units.js';
import { LONG_PATIENCE_MS, type Session } from '../session.js';

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const WHICH = 'IMAGE:VERSION, or the id of a job';

/** `imgsrv jobs`. */
export function jobsCommand(commands: CommandMaker): Command {
  return commands
    .make('jobs', 'look at the publish jobs of versions, try them again or end them')
    .addCommand(
      commands
        .make('show', 'show the job of a version and its steps', ['imgsrv jobs show debian:13.2'])
        .argument('<job>', WHICH)
        .action(
          commands.run(async (session, _options, text: string) => {
            const job = await findJob(await session.client(), text, session.signal);
            session.show(job, () => describeJob(job));
          }),
        ),
    )
    .addCommand(
      commands
        .make('follow', 'wait until a job has ended; the exit code says how', [
          'imgsrv jobs follow debian:13.2',
        ])
        .argument('<job>', WHICH)
        .action(commands.run((session, _options, text: string) => follow(session, text))),
    )
    .addCommand(
      commands
        .make('retry', 'try a failed job again, from the step that failed, and follow it', [
          'imgsrv jobs retry debian:13.2',
        ])
        .argument('<job>', WHICH)
        .action(
          commands.run(async (session, _options, text: string) => {
            const client = await session.client();
            const { id } = await findJob(client, text, session.signal);
            await client.call('post', '/v1/publish-jobs/{job_id}/retry', {
              path: { job_id: id },
              signal: session.signal,
            });
            await follow(session, id);
          }),
        ),
    )
    .addCommand(
      commands
        .make('cancel', 'end a job; its version becomes a draft again', ['imgsrv jobs cancel debian:13.2'])
        .argument('<job>', WHICH)
        .action(
          commands.run(async (session, _options, text: string) => {
            const client = await session.client();
            const { id } = await findJob(client, text, session.signal);
            const job = await client.call('post', '/v1/publish-jobs/{job_id}/cancel', {
              path: { job_id: id },
              signal: session.signal,
            });
            session.show(job, () => `The job is canceled; ${job.image_name}:${job.version} is a draft.`);
          }),
        ),
    );
}

async function follow(session: Session, text: string): Promise<void> {
  const client = await session.client(LONG_PATIENCE_MS);
  const begun = await findJob(client, text, session.signal);
  const job = await session.withProgress((progress) =>
    followJob(client, begun, { progress, signal: session.signal }),
  );
  session.show(job, () => `${job.image_name}:${job.version} is published.`);
}

function findJob(client: ImgsrvClient, text: string, signal: AbortSignal): Promise<Job> {
  if (UUID.test(text))
    return client.call('get', '/v1/publish-jobs/{job_id}', { path: { job_id: text }, signal });
  const { image: name, ref: version } = readFullRef(text);
  return client.call('get', '/v1/images/{name}/versions/{version}/publish-job', {
    path: { name, version },
    signal,
  });
}

function describeJob(job: Job): string {
  const head = facts([
    ['job', job.id],
    ['version', `${job.image_name}:${job.version}`],
    ['state', job.state],
    ['started', timeText(job.started_at)],
    ['finished', timeText(job.finished_at)],
    ['failed', job.failure_message],
  ]);
  const steps = job.steps.map((step) => [
    stepText(step),
    step.state,
    String(step.attempt_count),
    step.failure_message,
  ]);
  return `${head}\n\n${table(['STEP', 'STATE', 'TRIES', 'FAILURE'], steps)}`;
}
