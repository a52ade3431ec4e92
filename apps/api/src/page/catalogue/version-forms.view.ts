import { isAllowed } from '@imgsrv/auth';
import { type Alias, REASON_MAX_LENGTH } from '@imgsrv/catalog';
import type { ReportedManifest } from '../../images/manifest.dto.js';
import { html, type Html } from '../html.js';
import type { PageContext } from '../layout/page-context.js';
import { form } from '../parts/form.js';

/** What may be done with a version by those who may. */
export function versionForms(
  context: PageContext,
  { manifest }: ReportedManifest,
  aliases: readonly Alias[],
): Html | undefined {
  const { image, version, artifacts } = manifest;
  const path = `/images/${image.name}/${version.version}`;
  const mayWithdraw = isAllowed(context.caller, 'content.withdraw');
  switch (version.state) {
    case 'draft':
      return draftForms(context, path, artifacts.length);
    case 'publishing':
      return html`<section aria-labelledby="change">
        <h2 id="change">Being published</h2>
        <div class="sheet pad"><a href="${context.link('/jobs')}">Follow the publish</a></div>
      </section>`;
    case 'published':
      return mayWithdraw ? withdrawForm(context, path, aliases) : undefined;
    case 'withdrawn':
      // Its page tells everybody that it is withdrawn; the image's page restores it.
      return undefined;
  }
}

function draftForms(context: PageContext, path: string, artifacts: number): Html {
  return html`<section aria-labelledby="change">
    <h2 id="change">Publish</h2>
    <div class="sheet pad">
      <p class="quiet">
        Once published, a version never changes. Its artifacts are checked first; nothing is visible before.
      </p>
      <div class="actions command">
        ${artifacts > 0 && form(context, `${path}/publish`, html`<button>Publish</button>`)}
        ${form(context, `${path}/deletion`, html`<button class="risk">Delete the draft</button>`)}
      </div>
    </div>
  </section>`;
}

function withdrawForm(context: PageContext, path: string, aliases: readonly Alias[]): Html {
  return html`<section aria-labelledby="change">
    <h2 id="change">Withdraw</h2>
    <div class="sheet pad">
      <details>
        <summary>Take this version back</summary>
        <div class="inside">
          ${form(
            context,
            `${path}/withdrawal`,
            html`<div class="fields">
              <div>
                <label for="reason"
                  >Reason <span class="hint">everybody who asks for the version reads it</span></label
                >
                <textarea id="reason" name="reason" required maxlength="${REASON_MAX_LENGTH}"></textarea>
              </div>
              ${
                aliases.length > 0 &&
                html`<div>
                  <label for="move">Move its aliases to <span class="hint">a published version</span></label>
                  <input
                    id="move"
                    name="move_aliases_to"
                    class="mono"
                    required
                    maxlength="128"
                    autocomplete="off"
                  />
                </div>`
              }
              <div class="actions"><button class="risk">Withdraw</button></div>
            </div>`,
          )}
        </div>
      </details>
    </div>
  </section>`;
}
