import type { Collection, CollectionReport } from '@imgsrv/cas';
import { html, type Html } from '../html.js';
import type { View } from '../layout/page-context.js';
import { age } from '../parts/age.js';
import { plural } from '../parts/plural.js';
import { size } from '../parts/size.js';

export function collectionPage(collection: Collection): View {
  const { state, dryRun, report, failureMessage, createdAt } = collection;
  const isUnderWay = state === 'queued' || state === 'running';
  return ({ link }) => ({
    title: dryRun ? 'Preview of a collection' : 'Collection',
    isUnderWay,
    body: html`<div class="head">
        <p class="crumbs"><a href="${link('/storage')}">storage</a> /</p>
        <h1>${dryRun ? 'Preview of a collection' : 'Collection'}</h1>
      </div>
      <div id="live" ${isUnderWay && html`data-under-way`} data-state="${state}">
        <p class="facts">
          <span class="${isUnderWay ? 'badge busy' : 'badge'}">${state}</span>
          <span>begun ${age(createdAt)}</span>
        </p>
        ${failureMessage !== undefined && html`<p class="why">${failureMessage}</p>`}
        ${report !== undefined && reportOf(report, dryRun)}
      </div>`,
  });
}

function reportOf(report: CollectionReport, dryRun: boolean): Html {
  return html`<section aria-label="Report">
    <dl class="sheet figures">
      <div>
        <dt>${dryRun ? 'Would be removed' : 'Removed'}</dt>
        <dd>
          ${size(report.removedBytes)} <span class="quiet">${plural(report.removedBlobs, 'blob')}</span>
        </dd>
      </div>
      <div>
        <dt>Grace would begin for</dt>
        <dd>${plural(report.newCandidates, 'blob')}</dd>
      </div>
      <div>
        <dt>Looked at</dt>
        <dd>${plural(report.examinedBlobs, 'blob')}</dd>
      </div>
    </dl>
    ${
      report.removedDigests.length > 0 &&
      html`<details>
        <summary>The first of them</summary>
        <ul class="inside">
          ${report.removedDigests.map((digest) => html`<li><code class="wrap">${digest}</code></li>`)}
        </ul>
      </details>`
    }
  </section>`;
}
