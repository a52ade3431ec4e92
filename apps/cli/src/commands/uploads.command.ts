import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type ImgsrvClient, isProblem, type Schemas, UploadMemory } from '@imgsrv/client';
import type { Command } from 'commander';
import type { CommandMaker } from '../command.js';
import { facts, table } from '../output/table.js';
import { bytesText, timeText } from '../output/units.js';
import { uploadsFolder } from '../settings/folders.js';

type Upload = Schemas['UploadSessionResponse'];

/** `imgsrv uploads`. */
export function uploadsCommand(commands: CommandMaker): Command {
  return commands
    .make('uploads', 'look at the uploads that are not finished, and give them up')
    .addCommand(
      commands
        .make(
          'ls',
          'list the uploads that this machine began and can go on with: publish the same files again',
        )
        .action(
          commands.run(async (session) => {
            const client = await session.client();
            const uploads = await rememberedUploads(client, uploadsFolder(session.terminal), session.signal);
            session.show({ uploads }, () =>
              uploads.length === 0
                ? 'There is none.'
                : table(
                    ['UPLOAD', 'STATE', 'RECEIVED', 'OF', 'EXPIRES'],
                    uploads.map((upload) => [
                      upload.id,
                      upload.state,
                      bytesText(upload.bytes_received),
                      bytesText(upload.expected_size_bytes),
                      timeText(upload.expires_at),
                    ]),
                  ),
            );
          }),
        ),
    )
    .addCommand(
      commands
        .make('show', 'show an upload')
        .argument('<id>')
        .action(
          commands.run(async (session, _options, id: string) => {
            const client = await session.client();
            const upload = await client.call('get', '/v1/uploads/{upload_id}', {
              path: { upload_id: id },
              signal: session.signal,
            });
            session.show(upload, () => describeUpload(upload));
          }),
        ),
    )
    .addCommand(
      commands
        .make('abort', 'give an upload up; the server throws its parts away')
        .argument('<id>')
        .action(
          commands.run(async (session, _options, id: string) => {
            const client = await session.client();
            const upload = await client.call('post', '/v1/uploads/{upload_id}/abort', {
              path: { upload_id: id },
              signal: session.signal,
              isRepeatable: true,
            });
            session.show(upload, () => `The upload is ${upload.state}.`);
          }),
        ),
    );
}

function describeUpload(upload: Upload): string {
  return facts([
    ['upload', upload.id],
    ['state', upload.state],
    ['digest', upload.expected_digest],
    ['received', `${bytesText(upload.bytes_received)} of ${bytesText(upload.expected_size_bytes)}`],
    ['verified', bytesText(upload.bytes_verified)],
    ['expires', timeText(upload.expires_at)],
    ['failure', upload.failure?.detail],
  ]);
}

async function rememberedUploads(
  client: ImgsrvClient,
  folder: string,
  signal: AbortSignal,
): Promise<Upload[]> {
  const names = await readdir(folder).catch(() => []);
  const uploads: Upload[] = [];
  for (const name of names.filter((file) => /^upload-[0-9a-f]+\.json$/.test(file))) {
    const remembered = await new UploadMemory(join(folder, name)).recall();
    if (remembered === undefined) continue;
    try {
      uploads.push(
        await client.call('get', '/v1/uploads/{upload_id}', {
          path: { upload_id: remembered.uploadId },
          signal,
        }),
      );
    } catch (error) {
      // Of another server, or long gone.
      if (!isProblem(error, 'upload-not-found')) throw error;
    }
  }
  return uploads;
}
