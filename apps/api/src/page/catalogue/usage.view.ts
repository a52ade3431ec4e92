import { STREAMS_CLIENTS } from '@imgsrv/catalog';
import type { ReportedManifest } from '../../images/manifest.dto.js';
import { html, type Html } from '../html.js';
import type { PageContext } from '../layout/page-context.js';
import { command } from '../parts/command.js';
import { clientCommands, commandLines, downloadLines } from './commands.js';

/** How each client gets a version. `streamsRef` is its name for Incus and LXD, `ref` the one of the API. */
export function usage(
  context: PageContext,
  { manifest, reports }: ReportedManifest,
  { ref, streamsRef }: { readonly ref: string; readonly streamsRef: string },
): Html {
  const [first] = manifest.artifacts;
  const isPlain = context.publicUrl?.startsWith('http:') === true;
  return html`<div class="sheet pad">
    ${STREAMS_CLIENTS.map((client) => {
      const { title, lines, reasons } = clientCommands(client, streamsRef, manifest.artifacts, reports);
      return lines.length > 0
        ? command(`use-${client}`, title, commandLines(context, lines))
        : html`<div class="command">
            <h3>${title}</h3>
            <p class="quiet">Not shown to it. ${reasons.join(' ')}</p>
          </div>`;
    })}
    ${first !== undefined && command('use-curl', 'curl', commandLines(context, downloadLines(manifest, first)))}
    ${command(
      'use-imgsrv',
      'imgsrv',
      commandLines(context, ['export IMGSRV_URL={URL}', `imgsrv pull ${manifest.image.name}:${ref}`]),
    )}
    ${isPlain && html`<p class="small">Incus and LXD speak https only; this address does not.</p>`}
  </div>`;
}
