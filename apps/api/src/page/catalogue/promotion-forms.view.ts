import type { Alias, Image, Promotion } from '@imgsrv/catalog';
import { html, type Html } from '../html.js';
import type { PageContext } from '../layout/page-context.js';
import { age } from '../parts/age.js';
import { form } from '../parts/form.js';

interface PromotedImage {
  readonly image: Image;
  readonly aliases: readonly Alias[];
  readonly promotions: readonly Promotion[];
}

/** Lets an alias name what another one names, and shows what was promoted last; nothing while there is no alias. */
export function promotionForms(
  context: PageContext,
  { image, aliases, promotions }: PromotedImage,
): Html | undefined {
  if (aliases.length === 0 && promotions.length === 0) {
    return undefined;
  }
  const path = `/images/${image.name}/promotions`;
  return html`<section aria-labelledby="promotions">
    <h2 id="promotions">Promotions</h2>
    <div class="sheet">
      ${
        promotions.length > 0 &&
        html`<ul class="rows">
          ${promotions.map((promotion) => row(context, path, promotion, aliases))}
        </ul>`
      }
      ${
        aliases.length > 0 &&
        html`<div class="pad">
          ${form(
            context,
            path,
            html`<div class="inline">
              <div>
                <label for="from-alias">Promote what is</label>
                <select id="from-alias" name="from_alias">
                  ${aliases.map(({ alias }) => html`<option>${alias}</option>`)}
                </select>
              </div>
              <div>
                <label for="to-alias">to</label>
                <input id="to-alias" name="to_alias" required maxlength="64" autocomplete="off" />
              </div>
              <button class="second">Promote</button>
            </div>`,
          )}
        </div>`
      }
    </div>
  </section>`;
}

function row(context: PageContext, path: string, promotion: Promotion, aliases: readonly Alias[]): Html {
  const { id, fromAlias, toAlias, version, previousVersion, reverts, revertedBy, promotedAt } = promotion;
  const now = aliases.find(({ alias }) => alias === toAlias);
  const mayRevert = reverts === undefined && revertedBy === undefined && now?.versionId === version?.id;
  return html`<li class="between">
    <div>
      <p>
        <span class="chip alias">${toAlias}</span>
        ${
          version === undefined
            ? 'removed'
            : html`${reverts === undefined ? 'became' : 'went back to'}
                <span class="mono">${version.name}</span>`
        }
        ${revertedBy !== undefined && html`<span class="badge">taken back</span>`}
      </p>
      <p class="quiet">
        ${age(promotedAt)}${fromAlias !== undefined && ` from ${fromAlias}`}${
          previousVersion !== undefined &&
          html`, before it was <span class="mono">${previousVersion.name}</span>`
        }
      </p>
    </div>
    ${
      mayRevert &&
      form(
        context,
        `${path}/${id}/reversion`,
        html`<button class="plain">
          Take back<span class="unseen"> the promotion of ${toAlias}</span>
        </button>`,
      )
    }
  </li>`;
}
