import type { PublishJob } from '@imgsrv/catalog';
import { html, type Html } from '../html.js';
import type { PageContext } from '../layout/page-context.js';
import { form } from '../parts/form.js';
import { size } from '../parts/size.js';

type Step = PublishJob['steps'][number];

/** Whether nothing changes about a job by itself any more. */
export function isOver({ state }: PublishJob): boolean {
  return state !== 'queued' && state !== 'running';
}

export function jobBadge({ state }: PublishJob): Html {
  switch (state) {
    case 'queued':
      return html`<span class="badge">waits</span>`;
    case 'running':
      return html`<span class="badge busy">running</span>`;
    case 'succeeded':
      return html`<span class="badge good">published</span>`;
    case 'failed':
      return html`<span class="badge bad">failed</span>`;
    case 'canceled':
      return html`<span class="badge">given up</span>`;
  }
}

const NAMES: Readonly<Record<string, string>> = {
  validate_catalog: 'Compare what is declared with the bytes',
  make_deltas: 'Make deltas',
  incus_index: 'Prepare the lists for Incus and LXD',
  finalize_publish: 'Make it visible',
};
const SIGNS: Readonly<Record<Step['state'], string>> = {
  queued: '',
  running: '',
  succeeded: '✓',
  failed: '!',
};

export function stepList({ steps, failureMessage }: PublishJob): Html {
  const isToldByStep = steps.some(({ failureMessage: message }) => message === failureMessage);
  return html`<ol class="steps">
      ${steps.map((step) => stepRow(step))}
    </ol>
    ${failureMessage !== undefined && !isToldByStep && html`<p class="why">${failureMessage}</p>`}`;
}

function stepRow({ name, state, attemptCount, failureMessage, progress }: Step): Html {
  return html`<li class="${state}">
    <span class="sign" aria-hidden="true">${SIGNS[state]}</span>
    <span>${NAMES[name] ?? name}<span class="unseen">: ${state}</span></span>
    <span class="small">${attemptCount > 1 && `attempt ${attemptCount}`}</span>
    ${
      progress !== undefined &&
      state === 'running' &&
      html`<progress
        value="${progress.doneBytes}"
        max="${Math.max(1, progress.totalBytes)}"
        aria-label="${size(progress.doneBytes)} of ${size(progress.totalBytes)}"
      ></progress>`
    }
    ${failureMessage !== undefined && html`<p class="why">${failureMessage}</p>`}
  </li>`;
}

/** What may be done with a job that has not succeeded. */
export function jobForms(context: PageContext, { id, state, imageName, version }: PublishJob): Html {
  const path = `/jobs/${id}`;
  const which = html`<span class="unseen"> ${imageName} ${version}</span>`;
  return html`<div class="actions command">
    ${state === 'failed' && form(context, `${path}/retry`, html`<button>Retry${which}</button>`)}
    ${form(context, `${path}/cancellation`, html`<button class="second">Give up${which}</button>`)}
  </div>`;
}
