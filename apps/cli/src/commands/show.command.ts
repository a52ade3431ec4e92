import type { Schemas } from '@imgsrv/client';
import type { Command } from 'commander';
import type { CommandMaker } from '../command.js';
import { findManifest, readImageRef } from '../image-ref.js';
import { facts, table } from '../output/table.js';
import { bytesText, timeText } from '../output/units.js';

/** `imgsrv show`. */
export function showCommand(commands: CommandMaker): Command {
  return commands
    .make('show', 'show a version: its files, their digests, and what Incus and LXD are shown of it', [
      'imgsrv show debian',
      'imgsrv show debian:12.1',
    ])
    .argument('<image[:ref]>', 'a version or an alias; default latest')
    .action(
      commands.run(async (session, _options, text: string) => {
        const ref = readImageRef(text);
        const manifest = await findManifest(await session.client(), ref, session.signal);
        session.show(manifest, () => describeManifest(manifest));
      }),
    );
}

function describeManifest({ image, version, artifacts }: Schemas['ManifestResponse']): string {
  const { deprecation, withdrawal } = version;
  const head = facts([
    ['image', image.display_name === undefined ? image.name : `${image.name} (${image.display_name})`],
    ['about', image.description],
    ['version', version.version],
    ['state', version.state],
    ['published', timeText(version.published_at)],
    [
      'deprecated',
      deprecation &&
        `${deprecation.reason}${deprecation.successor === undefined ? '' : ` Use ${deprecation.successor}.`}`,
    ],
    [
      'withdrawn',
      withdrawal && `${withdrawal.reason} Restorable until ${timeText(withdrawal.restorable_until) ?? ''}.`,
    ],
  ]);
  const files = artifacts.flatMap(({ artifact, attachments }) => [
    [
      artifact.operating_system,
      artifact.architecture,
      artifact.variant,
      artifact.format,
      bytesText(artifact.primary_blob_size_bytes),
      artifact.primary_blob_digest,
    ],
    ...attachments.map(({ name, blob_size_bytes, blob_digest }) => [
      '',
      '',
      '',
      `+ ${name}`,
      bytesText(blob_size_bytes),
      blob_digest,
    ]),
  ]);
  const clients = artifacts.flatMap(({ artifact, streams = [] }) =>
    streams.map(({ client, projected, reason }) => [
      client,
      artifact.architecture,
      artifact.format,
      projected ? 'listed' : (reason ?? 'not listed'),
    ]),
  );
  return [
    head,
    ...(files.length === 0
      ? []
      : [blankFirst(table(['OS', 'ARCH', 'VARIANT', 'FORMAT', 'SIZE', 'DIGEST'], files))]),
    ...(clients.length === 0 ? [] : [table(['CLIENT', 'ARCH', 'FORMAT', 'SHOWN'], clients)]),
  ].join('\n\n');
}

/** An attachment has no system of its own. */
function blankFirst(text: string): string {
  return text.replaceAll(/^(?:-( +)){3}(?=\+)/gm, (dashes) => ' '.repeat(dashes.length));
}
