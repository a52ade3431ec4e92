import { type Image, VISIBILITIES, type Visibility } from '@imgsrv/catalog';
import { html, type Html } from '../html.js';
import type { PageContext } from '../layout/page-context.js';
import { form } from '../parts/form.js';

const SEEN_BY: Readonly<Record<Visibility, string>> = {
  public: 'everybody',
  internal: 'whoever has a credential',
  private: 'those with a grant for it',
};

/** Nothing for an image that everybody sees. */
export function visibilityBadge({ visibility }: Image): Html | undefined {
  return visibility === 'public' ? undefined : html`<span class="badge">${visibility}</span>`;
}

/** Lets a writer of the image choose who sees it. */
export function visibilityForm(context: PageContext, image: Image): Html {
  return html`<section aria-labelledby="visibility">
    <h2 id="visibility">Who sees it</h2>
    <div class="sheet pad">
      ${form(
        context,
        `/images/${image.name}/visibility`,
        html`<div class="inline">
          <div>
            <label for="seen-by">What is published is seen by</label>
            <select id="seen-by" name="visibility">
              ${VISIBILITIES.map((each) =>
                each === image.visibility
                  ? html`<option value="${each}" selected>${SEEN_BY[each]} (${each})</option>`
                  : html`<option value="${each}">${SEEN_BY[each]} (${each})</option>`,
              )}
            </select>
          </div>
          <button class="second">Change</button>
        </div>`,
      )}
    </div>
  </section>`;
}
