import { setTimeout as wait } from 'node:timers/promises';
import { listAll, type Schemas } from '@imgsrv/client';
import { type Command, Option } from 'commander';
import { CliError } from '../cli.errors.js';
import type { CommandMaker } from '../command.js';
import { facts, table } from '../output/table.js';
import { bytesText, timeText } from '../output/units.js';
import { LONG_PATIENCE_MS, type Session } from '../session.js';

type Collection = Schemas['CollectionResponse'];

const LOOK_MS = 500;

/** `imgsrv storage`. */
export function storageCommand(commands: CommandMaker): Command {
  return commands
    .make('storage', 'see how much is stored, and collect what nobody refers to (for operators)')
    .addCommand(commands.make('show', 'show how much is stored').action(commands.run(show)))
    .addCommand(
      commands
        .make('blobs', 'list what is stored', ['imgsrv storage blobs --state damaged'])
        .addOption(new Option('--state <state>', 'only those').choices(['available', 'damaged']))
        .action(
          commands.run(async (session, { state }: { readonly state?: 'available' | 'damaged' }) => {
            const client = await session.client();
            const blobs = await listAll(client, '/v1/blobs', 'blobs', {
              query: state === undefined ? {} : { state },
              signal: session.signal,
            });
            session.show({ blobs }, () =>
              table(
                ['DIGEST', 'SIZE', 'STATE', 'CHECKED'],
                blobs.map(({ digest, size_bytes, state: now, checked_at }) => [
                  digest,
                  bytesText(size_bytes),
                  now,
                  timeText(checked_at),
                ]),
              ),
            );
          }),
        ),
    )
    .addCommand(
      commands
        .make('collect', 'remove now what nobody refers to for long', ['imgsrv storage collect --dry-run'])
        .option('--dry-run', 'only say what it would be')
        .action(commands.run(collect)),
    );
}

async function show(session: Session): Promise<void> {
  const client = await session.client();
  const usage = await client.call('get', '/v1/storage', { signal: session.signal });
  const amount = ({ count, size_bytes }: Schemas['StoredAmountResponse']): string =>
    `${bytesText(size_bytes)} in ${count} blobs`;
  session.show(usage, () =>
    facts([
      ['in use', amount(usage.states.available)],
      ['unreferenced', amount(usage.states.candidate)],
      ['being removed', amount(usage.states.deleting)],
      ['reclaimable', amount(usage.reclaimable)],
      ['next review', timeText(usage.next_review_at)],
      ['stray objects', String(usage.stray_objects)],
    ]),
  );
}

async function collect(session: Session, { dryRun }: { readonly dryRun?: boolean }): Promise<void> {
  const client = await session.client(LONG_PATIENCE_MS);
  let collection: Collection = await client.call('post', '/v1/storage/collections', {
    body: { dry_run: dryRun === true },
    signal: session.signal,
  });
  while (collection.state === 'queued' || collection.state === 'running') {
    await wait(LOOK_MS, undefined, { signal: session.signal });
    collection = await client.call('get', '/v1/storage/collections/{collection_id}', {
      path: { collection_id: collection.id },
      signal: session.signal,
    });
  }
  if (collection.state !== 'succeeded')
    throw new CliError(
      'failed-job',
      `The collection has ${collection.state}: ${collection.failure_message ?? 'the server does not say why'}`,
    );
  const { report } = collection;
  session.show(collection, () =>
    facts([
      ['examined', `${report?.examined_blobs ?? 0} blobs`],
      [
        dryRun === true ? 'would remove' : 'removed',
        `${bytesText(report?.removed_bytes ?? 0)} in ${report?.removed_blobs ?? 0} blobs`,
      ],
    ]),
  );
}
