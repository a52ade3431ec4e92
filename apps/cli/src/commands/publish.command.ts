import { type Command, Option } from 'commander';
import { usageError } from '../cli.errors.js';
import { collect } from '../collect.js';
import type { CommandMaker } from '../command.js';
import { followJob } from '../jobs/follow-job.js';
import { readBytes, readCount } from '../output/units.js';
import { describePlan, type PlanOptions, planRelease } from '../release/plan-release.js';
import { publishRelease } from '../release/publish-release.js';
import { RELEASE_SCHEMA } from '../release/release-schema.js';
import { reportPublish } from '../release/report-publish.js';
import type { PartSettings } from '../release/upload-files.js';
import { LONG_PATIENCE_MS, type Session } from '../session.js';
import { VISIBILITIES } from '../visibility.js';

interface PublishOptions extends PlanOptions {
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
      'imgsrv publish debian 13.2 debian-13-generic-amd64.qcow2 --os Debian --release trixie --alias latest',
      'imgsrv publish debian 13.2 disk-amd64.qcow2 incus.tar.xz',
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
    .option('--release <name>', 'make metadata for Incus and LXD of files without, such as --release trixie')
    .option('--description <text>', 'what Incus and LXD show of it; with --release')
    .option('--delta-from <version>', 'make deltas of this version, if the server can')
    .option('--arch <name>', 'architecture; default what the name of each file says')
    .option('--variant <name>', 'variant', 'default')
    .option('--alias <name>', 'also let this alias name the version; may be repeated', collect)
    .addOption(new Option('--visibility <who>', 'who sees the image, if this makes it').choices(VISIBILITIES))
    .option('--note <text>', 'what is new, in Markdown')
    .option('--end-of-life <date>', 'from when on nobody mends it, such as 2027-06-30')
    .option('--label <name=value>', 'a label of the version; may be repeated', collect)
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
    return { job: await followJob(client, job, { progress, signal: session.signal }), sent };
  });
  await reportPublish(session, client, plan, result);
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
