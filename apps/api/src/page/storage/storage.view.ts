import type { Blob, StorageUsage, StoredAmount } from '@imgsrv/cas';
import { html, type Html } from '../html.js';
import type { View } from '../layout/page-context.js';
import { age } from '../parts/age.js';
import { digest } from '../parts/command.js';
import { form } from '../parts/form.js';
import { plural } from '../parts/plural.js';
import { size } from '../parts/size.js';

export function storagePage(usage: StorageUsage, damaged: readonly Blob[]): View {
  return (context) => ({
    title: 'Storage',
    body: html`<div class="head">
        <h1>Storage</h1>
        <p class="lead">What is stored, and what is going to become of it.</p>
      </div>
      <dl class="sheet figures">
        ${figure('In use', usage.available)} ${figure('Nothing refers to it', usage.candidate)}
        ${figure('Of that, removed next', usage.reclaimable)} ${figure('Being removed', usage.deleting)}
      </dl>
      ${
        usage.nextReviewAt !== undefined &&
        html`<p class="facts">The grace of the next blob ends ${age(usage.nextReviewAt)}.</p>`
      }
      ${
        usage.strayObjects > 0 &&
        html`<p class="facts">
          ${plural(usage.strayObjects, 'object')} in the store belong to nothing and are swept.
        </p>`
      }
      <section aria-labelledby="damaged">
        <h2 id="damaged">Damaged blobs</h2>
        ${
          damaged.length === 0
            ? html`<div class="sheet empty">
                <p>
                  None. Stored bytes are read again and again; those that are not as they were are listed
                  here.
                </p>
              </div>`
            : html`<ul class="sheet rows">
                ${damaged.map((blob, index) => damagedRow(blob, index))}
              </ul>`
        }
      </section>
      <section aria-labelledby="collection">
        <h2 id="collection">Collection</h2>
        <div class="sheet pad">
          <p class="quiet">A preview says what a collection would remove now. It removes nothing.</p>
          <div class="command">
            ${form(context, '/storage/collections', html`<button class="second">Preview a collection</button>`)}
          </div>
        </div>
      </section>`,
  });
}

function figure(name: string, { count, sizeBytes }: StoredAmount): Html {
  return html`<div>
    <dt>${name}</dt>
    <dd>${size(sizeBytes)} <span class="quiet">${plural(count, 'blob')}</span></dd>
  </div>`;
}

function damagedRow({ digest: value, sizeBytes, damage }: Blob, index: number): Html {
  return html`<li>
    ${digest(`damaged-${index}`, value)}
    <p class="quiet">
      ${size(sizeBytes)}, ${damage?.kind === 'lost' ? 'bytes are missing' : 'the bytes are others'}.
      ${damage !== undefined && html`Found ${age(damage.foundAt)}.`} An upload of the right bytes repairs it.
    </p>
  </li>`;
}
