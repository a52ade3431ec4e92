import type { Version, VersionMetadata } from '@imgsrv/catalog';
import { html, type Html } from '../html.js';
import { markdown } from '../parts/markdown.js';

/** What the publisher says of a version; nothing when that is nothing. */
export function metadataOf({ metadata }: Version): Html | undefined {
  const { notes, endOfLife, labels = {}, source } = metadata;
  const labelled = Object.entries(labels);
  if (notes === undefined && endOfLife === undefined && source === undefined && labelled.length === 0) {
    return undefined;
  }
  return html`<section aria-labelledby="about">
    <h2 id="about">About this version</h2>
    <div class="sheet pad">
      ${notes !== undefined && html`<div class="prose">${markdown(notes)}</div>`}
      <dl class="pairs">
        ${
          endOfLife !== undefined &&
          html`<dt>End of life</dt>
            <dd>${dayOf(endOfLife)}</dd>`
        }
        ${source !== undefined && sourceOf(source)}
        ${labelled.map(
          ([key, value]) =>
            html`<dt class="mono wrap">${key}</dt>
              <dd>${value}</dd>`,
        )}
      </dl>
    </div>
  </section>`;
}

/** Whether nobody mends the version any more, or when that begins. */
export function isPastEndOfLife({ metadata }: Version, now = new Date()): boolean {
  return metadata.endOfLife !== undefined && metadata.endOfLife <= now.toISOString().slice(0, 10);
}

function dayOf(day: string): Html {
  return html`<time datetime="${day}">${day}</time>`;
}

function sourceOf({ repository, commit, pipelineUrl }: NonNullable<VersionMetadata['source']>): Html {
  return html`${
    repository !== undefined &&
    html`<dt>Repository</dt>
      <dd>${outside(repository)}</dd>`
  }
  ${
    commit !== undefined &&
    html`<dt>Commit</dt>
      <dd class="mono">${commit}</dd>`
  }
  ${
    pipelineUrl !== undefined &&
    html`<dt>Pipeline</dt>
      <dd>${outside(pipelineUrl)}</dd>`
  }`;
}

/** The catalogue takes http and https only. */
function outside(url: string): Html {
  return html`<a href="${url}" rel="nofollow noopener noreferrer">${url}</a>`;
}
