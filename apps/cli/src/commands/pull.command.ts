import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { downloadFile, type ImgsrvClient } from '@imgsrv/client';
import type { Command } from 'commander';
import { usageError } from '../cli.errors.js';
import type { CommandMaker } from '../command.js';
import { findManifest, readImageRef } from '../image-ref.js';
import type { Progress } from '../output/progress.js';
import { bytesText, readCount } from '../output/units.js';
import { planPull, type PulledFile, type PullFilter } from '../pull/pull-plan.js';
import { LONG_PATIENCE_MS, type Session } from '../session.js';

interface PullOptions extends PullFilter {
  readonly output: string;
  readonly force?: boolean;
  readonly parallel: string;
  readonly dryRun?: boolean;
}

interface PulledResult {
  readonly file: string;
  readonly digest: string;
  readonly size_bytes: number;
  readonly received_bytes: number;
}

/** `imgsrv pull`. */
export function pullCommand(commands: CommandMaker): Command {
  return commands
    .make('pull', 'fetch the files of a version; goes on where an earlier run was interrupted', [
      'imgsrv pull debian',
      'imgsrv pull debian:12.1 --arch amd64 --format qcow2 -o /var/lib/images',
    ])
    .argument('<image[:ref]>', 'a version or an alias; default latest')
    .option('-o, --output <folder>', 'where the files go', '.')
    .option('--os <name>', 'only those of this operating system')
    .option('--arch <name>', 'only those of this architecture')
    .option('--variant <name>', 'only those of this variant')
    .option('--format <name>', 'only those of this format, such as qcow2')
    .option('--no-attachments', 'without metadata and other attachments')
    .option('--force', 'replace files of the same name that have other content')
    .option('--parallel <count>', 'ranges at the same time', '4')
    .option('--dry-run', 'say what would be fetched')
    .action(
      commands.run(async (session, options: PullOptions, text: string) => {
        const parallel = readCount(options.parallel, '--parallel');
        const ref = readImageRef(text);
        const manifest = await findManifest(await session.client(), ref, session.signal);
        const files = planPull(manifest, options);
        const { image, version } = manifest;
        session.note(
          `${image.name}:${version.version}, ${files.length} ${files.length === 1 ? 'file' : 'files'}, ${bytesText(sizeOf(files))}`,
        );
        if (version.deprecation !== undefined)
          session.note(`It is deprecated: ${version.deprecation.reason}`);
        const results =
          options.dryRun === true
            ? files.map((file) => resultOf(file, options.output, 0))
            : await fetchAll(session, files, options, parallel);
        session.show({ image: image.name, version: version.version, files: results }, () =>
          results.map(({ file }) => file).join('\n'),
        );
      }),
    );
}

async function fetchAll(
  session: Session,
  files: readonly PulledFile[],
  options: PullOptions,
  parallel: number,
): Promise<PulledResult[]> {
  await makeFolder(options.output);
  const client = await session.client(LONG_PATIENCE_MS);
  return session.withProgress(async (progress) => {
    const results: PulledResult[] = [];
    for (const file of files)
      results.push(await fetchOne(client, file, { session, options, parallel, progress }));
    return results;
  });
}

async function fetchOne(
  client: ImgsrvClient,
  file: PulledFile,
  {
    session,
    options,
    parallel,
    progress,
  }: {
    readonly session: Session;
    readonly options: PullOptions;
    readonly parallel: number;
    readonly progress: Progress;
  },
): Promise<PulledResult> {
  const task = progress.start(file.fileName, 'receiving', file.sizeBytes);
  const { receivedBytes } = await downloadFile(client, file, join(options.output, file.fileName), {
    parallel,
    overwrite: options.force === true,
    signal: session.signal,
    onProgress: ({ phase, doneBytes }) => {
      task.update(doneBytes, phase);
    },
  });
  task.finish(
    receivedBytes === 0 && file.sizeBytes > 0
      ? 'is there already'
      : `${bytesText(file.sizeBytes)}, digest verified`,
  );
  return resultOf(file, options.output, receivedBytes);
}

function resultOf(
  { fileName, digest, sizeBytes }: PulledFile,
  folder: string,
  receivedBytes: number,
): PulledResult {
  return { file: join(folder, fileName), digest, size_bytes: sizeBytes, received_bytes: receivedBytes };
}

async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true }).catch(async (error: unknown) => {
    const isThere = await stat(folder).catch(() => undefined);
    if (isThere !== undefined && !isThere.isDirectory())
      throw usageError(`${folder} is no directory.`, 'Choose a folder with -o.');
    throw error;
  });
}

function sizeOf(files: readonly PulledFile[]): number {
  return files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}
