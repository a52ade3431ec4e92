import type { UnpublishedVersion } from '@imgsrv/catalog';
import { html } from '../html.js';
import type { View } from '../layout/page-context.js';
import { age } from '../parts/age.js';
import { doneNote } from '../parts/done.js';
import { plural } from '../parts/plural.js';

export function draftsPage(drafts: readonly UnpublishedVersion[], done: string | undefined): View {
  return ({ link }) => ({
    title: 'Drafts',
    body: html`${doneNote(done)}
      <div class="head">
        <h1>Drafts</h1>
        <p class="lead">Versions that only content-writers see, newest first.</p>
      </div>
      ${
        drafts.length === 0
          ? html`<div class="sheet empty">
              <h2>No drafts</h2>
              <p>
                A pipeline makes a draft, declares its artifacts and publishes it, in one go. One that stays
                here was not finished: publish it, or delete it.
              </p>
            </div>`
          : html`<ul class="sheet rows links">
              ${drafts.map(
                ({ imageName, version, state, artifacts, createdAt }) =>
                  html`<li class="version">
                    <div class="row">
                      <h2 class="name">
                        <a href="${link(`/images/${imageName}/${version}`)}">${imageName} ${version}</a>
                      </h2>
                      <p class="quiet">
                        ${state === 'publishing' && html`<span class="badge busy">publishing</span>`}
                        ${artifacts === 0 ? 'no artifacts yet' : plural(artifacts, 'artifact')}
                      </p>
                      <p class="when">${age(createdAt)}</p>
                    </div>
                  </li>`,
              )}
            </ul>`
      }`,
  });
}
