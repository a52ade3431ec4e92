import type { ImgsrvClient } from '@imgsrv/client';
import type { Command } from 'commander';
import { moveAlias } from '../aliases/move-alias.js';
import { usageError } from '../cli.errors.js';
import type { CommandMaker } from '../command.js';
import { recogniseFile } from '../formats/recognise-file.js';
import { readFullRef } from '../image-ref.js';
import { followJob } from '../jobs/follow-job.js';
import { table } from '../output/table.js';
import { readBytes, readCount } from '../output/units.js';
import { publishRelease } from '../release/publish-release.js';
import { pairFiles } from '../release/pair-files.js';
import { planArtifacts, readReleaseFile } from '../release/release-file.js';
import type { ReleasePlan } from '../release/release-plan.js';
import { RELEASE_SCHEMA } from '../release/release-schema.js';
import type { PartSettings } from '../release/upload-files.js';
import { LONG_PATIENCE_MS, type Session } from '../session.js';

interface PublishOptions {
  readonly file?: string;
  readonly os?: string;
  readonly arch?: string;
  readonly variant: string;
  readonly alias?: readonly string[];
  readonly parallel: string;
  readonly partSize?: string;
  readonly replaceDraft?: boolean;
  readonly dryRun?: boolean;
  readonly wait: boolean;
  readonly printSchema?: boolean;
}

const SMALLEST_PART_BYTES = 5 * 1024 * 1024;

/** `imgsrv publish`. */
export function publishCommand(commands: CommandMaker): Command {
  return commands
    .make('publish', 'upload files and publish them as a version; run it again after any interruption', [
      'imgsrv publish debian 13.2 disk-amd64.qcow2 incus.tar.xz --alias latest',
      'imgsrv publish debian 13.2 out/*.squashfs out/*.incus.tar.xz --dry-run',
      'imgsrv publish -f release.yaml',
    ])
    .argument('[image]', 'name of the image; it is made if there is none')
    .argument('[version]', 'name of the version')
    .argument(
      '[files...]',
      'disks and root file systems, and the incus.tar.xz and lxd.tar.xz that belong to them',
    )
    .option('-f, --file <file>', 'a release file (YAML or JSON) that describes several artifacts')
    .option('--os <name>', 'operating system; default the name of the image')
    .option('--arch <name>', 'architecture; default what the name of each file says')
    .option('--variant <name>', 'variant', 'default')
    .option('--alias <name>', 'also let this alias name the version; may be repeated', collect)
    .option('--parallel <count>', 'parts at the same time', '4')
    .option('--part-size <size>', 'size of the parts, from 5MiB; default what the server advises')
    .option('--replace-draft', 'throw a draft of this version away that has other content')
    .option('--no-wait', 'do not wait until the publish has ended')
    .option('--dry-run', 'say what would be published')
    .option('--print-schema', 'print the JSON schema of release files')
    .action(commands.run(publish));
}

async function publish(
  session: Session,
  options: PublishOptions,
  image: string | undefined,
  version: string | undefined,
  files: readonly string[],
): Promise<void> {
  if (options.printSchema === true) {
    session.terminal.stdout.write(`${JSON.stringify(RELEASE_SCHEMA, undefined, 2)}\n`);
    return;
  }
  const parts = readParts(options);
  const plan = await planRelease(options, image, version, files);
  if (options.dryRun === true) {
    session.show(plan, () => describePlan(plan));
    return;
  }
  if (!options.wait && plan.aliases.length > 0) {
    throw usageError(
      'An alias can name a version only once that is published.',
      'Leave --no-wait out, or set it later: imgsrv alias set.',
    );
  }
  const client = await session.client(LONG_PATIENCE_MS);
  await reach(session);
  const result = await session.withProgress(async (progress) => {
    const { job, sent } = await publishRelease(client, plan, {
      progress,
      signal: session.signal,
      terminal: session.terminal,
      parts,
      mayReplaceDraft: options.replaceDraft === true,
    });
    if (!options.wait) return { job, sent };
    const ended = await followJob(client, job, { progress, signal: session.signal });
    const { image, version: name } = plan;
    for (const alias of plan.aliases)
      await moveAlias(client, { image, alias, version: name }, session.signal);
    return { job: ended, sent };
  });
  report(session, client, plan, result);
}

function readParts({ parallel, partSize }: PublishOptions): PartSettings {
  const partSizeBytes = partSize === undefined ? undefined : readBytes(partSize, '--part-size');
  if (partSizeBytes !== undefined && partSizeBytes < SMALLEST_PART_BYTES) {
    throw usageError(`--part-size is ${partSize ?? ''}, but parts have at least 5MiB.`);
  }
  return {
    parallel: readCount(parallel, '--parallel'),
    ...(partSizeBytes === undefined ? {} : { partSizeBytes }),
  };
}

/** A server that is not there, or does not know the caller, is told at once, before anything is read. */
async function reach(session: Session): Promise<void> {
  await (await session.client()).call('get', '/v1/auth/whoami', { signal: session.signal });
}

function report(
  session: Session,
  client: ImgsrvClient,
  plan: ReleasePlan,
  { job, sent }: Pick<Awaited<ReturnType<typeof publishRelease>>, 'job' | 'sent'>,
): void {
  const name = `${plan.image}:${plan.version}`;
  const left = (job.report ?? []).filter(({ projected }) => !projected);
  const isPublished = job.state === 'succeeded';
  session.show(
    {
      image: plan.image,
      version: plan.version,
      aliases: plan.aliases,
      job,
      sent_bytes: sent.sentBytes,
      resumed_bytes: sent.resumedBytes,
    },
    () =>
      [
        isPublished ? `${name} is published.` : `${name} is being published: imgsrv jobs follow ${name}`,
        ...plan.aliases.map((alias) =>
          isPublished ? `${plan.image}:${alias} is ${plan.version}.` : `${alias} follows then.`,
        ),
        ...left.map(({ client: reader, reason = '' }) => `Not shown to ${reader}: ${reason}`),
        ...(isPublished
          ? [`Anybody can fetch it: imgsrv pull ${name} --url ${client.baseUrl.href.replace(/\/$/, '')}`]
          : []),
      ].join('\n'),
  );
}

async function planRelease(
  options: PublishOptions,
  image: string | undefined,
  version: string | undefined,
  files: readonly string[],
): Promise<ReleasePlan> {
  const { file: releaseFile } = options;
  const described = releaseFile === undefined ? undefined : await readReleaseFile(releaseFile);
  const names = { image: image ?? described?.image, version: version ?? described?.version };
  if (names.image === undefined || names.version === undefined) {
    throw usageError(
      'Publish what, and as which version?',
      'imgsrv publish IMAGE VERSION FILE…, or -f with a release file that says both.',
    );
  }
  const { image: name, ref } = readFullRef(`${names.image}:${names.version}`);
  const defaults = {
    operatingSystem: options.os ?? name,
    variant: options.variant,
    ...(options.arch === undefined ? {} : { architecture: options.arch }),
  };
  if (releaseFile !== undefined && described !== undefined) {
    if (files.length > 0)
      throw usageError('Files are named either on the command line or in the release file.');
    const artifacts = await planArtifacts(releaseFile, described, defaults);
    return { image: name, version: ref, aliases: options.alias ?? described.aliases ?? [], artifacts };
  }
  if (files.length === 0)
    throw usageError('There is no file to publish.', 'imgsrv publish IMAGE VERSION FILE…');
  const recognised = [];
  for (const file of new Set(files)) recognised.push({ file, role: await recogniseFile(file) });
  return {
    image: name,
    version: ref,
    aliases: options.alias ?? [],
    artifacts: pairFiles(recognised, defaults),
  };
}

function describePlan({ image, version, aliases, artifacts }: ReleasePlan): string {
  const rows = artifacts.flatMap((artifact) => [
    [artifact.operatingSystem, artifact.architecture, artifact.variant, artifact.format, artifact.file],
    ...artifact.attachments.map(({ name, file }) => ['', '', '', `+ ${name}`, file]),
  ]);
  return [
    `${image}:${version} would be published with`,
    '',
    table(['OS', 'ARCH', 'VARIANT', 'FORMAT', 'FILE'], rows),
    ...(aliases.length === 0 ? [] : ['', `and named by ${aliases.join(', ')}.`]),
  ].join('\n');
}

function collect(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}
