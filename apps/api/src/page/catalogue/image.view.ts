import { isAllowed, mayWriteImage } from '@imgsrv/auth';
import type { Alias, Image, Promotion, Version } from '@imgsrv/catalog';
import type { Page } from '@imgsrv/platform';
import type { ReportedManifest } from '../../images/manifest.dto.js';
import { html, type Html } from '../html.js';
import type { PageContext, View } from '../layout/page-context.js';
import { age } from '../parts/age.js';
import { doneNote } from '../parts/done.js';
import { form } from '../parts/form.js';
import { promotionForms } from './promotion-forms.view.js';
import { stateBadges } from './state-badges.js';
import { visibilityBadge, visibilityForm } from './visibility-form.view.js';
import { usage } from './usage.view.js';

interface ImageDetails {
  readonly image: Image;
  readonly versions: Page<Version>;
  readonly aliases: readonly Alias[];
  /** The last of them, for whoever may write the image. */
  readonly promotions: readonly Promotion[];
  /** Of the version that the image means where none is named. */
  readonly manifest: ReportedManifest | undefined;
  readonly done: string | undefined;
}

export function imagePage(details: ImageDetails): View {
  const { image, manifest, done } = details;
  return (context) => ({
    title: image.displayName ?? image.name,
    body: html`${doneNote(done)}
      <div class="head">
        <p class="crumbs"><a href="${context.link('/')}">images</a> /</p>
        <h1><span class="mono">${image.name}</span> ${visibilityBadge(image)}</h1>
        ${image.displayName !== undefined && html`<p class="title">${image.displayName}</p>`}
        ${image.description !== undefined && html`<p class="lead"><span class="told">${image.description}</span></p>`}
      </div>
      <div class="two">
        <div>
          <section aria-labelledby="versions">
            <h2 id="versions">Versions</h2>
            ${versionList(context, details)}
          </section>
          ${mayWriteImage(context.caller, image.name) && [aliasForms(context, details), promotionForms(context, details), visibilityForm(context, image)]}
        </div>
        ${
          manifest !== undefined &&
          html`<section aria-labelledby="use">
            <h2 id="use">Use it</h2>
            ${usage(context, manifest, {
              ref: details.aliases.some(({ alias }) => alias === 'latest')
                ? 'latest'
                : manifest.manifest.version.version,
              streamsRef: image.name,
            })}
          </section>`
        }
      </div>`,
  });
}

function versionList(context: PageContext, { image, versions, aliases }: ImageDetails): Html {
  if (versions.items.length === 0) {
    return html`<div class="sheet empty">
      <p>The image has no version yet. A version begins as a draft and is seen here once it is published.</p>
    </div>`;
  }
  const { link } = context;
  const next = versions.nextCursor;
  return html`<ul class="sheet rows links">
      ${versions.items.map((version) =>
        version.state === 'withdrawn'
          ? withdrawnRow(context, image, version)
          : row(link, image, version, aliases),
      )}
    </ul>
    ${
      next !== undefined &&
      html`<nav class="pager" aria-label="Pages of the list">
        <span></span>
        <a class="button second" rel="next" href="${link(`/images/${image.name}?cursor=${next}`)}"
          >Older versions</a
        >
      </nav>`
    }`;
}

function row(link: PageContext['link'], image: Image, version: Version, aliases: readonly Alias[]): Html {
  const own = aliases.filter(({ versionId }) => versionId === version.id);
  return html`<li class="version">
    <div class="row">
      <h3 class="name">
        <a href="${link(`/images/${image.name}/${version.version}`)}">${version.version}</a>
      </h3>
      <p class="chips">
        ${own.map(({ alias }) => html`<span class="chip alias">${alias}</span> `)} ${stateBadges(version)}
      </p>
      <p class="when">${age(version.publishedAt ?? version.createdAt)}</p>
    </div>
    ${version.deprecation !== undefined && html`<p class="about"><span class="told">${version.deprecation.reason}</span></p>`}
  </li>`;
}

/** Only whoever sees all of the image sees these; nobody is served what they name. */
function withdrawnRow(context: PageContext, image: Image, version: Version): Html {
  const { withdrawal } = version;
  const mayRestore =
    withdrawal !== undefined &&
    withdrawal.restorableUntil > new Date() &&
    mayWriteImage(context.caller, image.name) &&
    isAllowed(context.caller, 'content.withdraw');
  return html`<li class="version">
    <div class="row">
      <h3 class="name">${version.version}</h3>
      <p class="chips">${stateBadges(version)}</p>
      <p class="when">${age(withdrawal?.withdrawnAt ?? version.updatedAt)}</p>
    </div>
    ${withdrawal !== undefined && html`<p class="about"><span class="told">${withdrawal.reason}</span></p>`}
    ${
      mayRestore &&
      html`<div class="actions">
        ${form(
          context,
          `/images/${image.name}/${version.version}/restoration`,
          html`<button class="plain">Restore<span class="unseen"> ${version.version}</span></button>`,
        )}
        <span class="small">possible until ${age(withdrawal.restorableUntil)}</span>
      </div>`
    }
  </li>`;
}

function aliasForms(context: PageContext, { image, versions, aliases }: ImageDetails): Html {
  const published = versions.items.filter(({ state }) => state === 'published');
  const path = `/images/${image.name}/aliases`;
  return html`<section aria-labelledby="aliases">
    <h2 id="aliases">Aliases</h2>
    <div class="sheet">
      ${
        aliases.length > 0 &&
        html`<ul class="rows">
          ${aliases.map(
            ({ alias, version, entityTag }) =>
              html`<li>
                <div class="between">
                  <p><span class="chip alias">${alias}</span> names <span class="mono">${version}</span></p>
                  ${form(
                    context,
                    `${path}/removal`,
                    html`<input type="hidden" name="alias" value="${alias}" /><input
                        type="hidden"
                        name="expected"
                        value="${entityTag}"
                      /><button class="plain">Remove<span class="unseen"> the alias ${alias}</span></button>`,
                  )}
                </div>
              </li>`,
          )}
        </ul>`
      }
      <div class="pad">
        ${
          published.length === 0
            ? html`<p class="quiet">An alias names a published version; there is none yet.</p>`
            : form(
                context,
                path,
                html`<div class="inline">
                  <div>
                    <label for="alias">Set the alias</label>
                    <input
                      id="alias"
                      name="alias"
                      required
                      maxlength="64"
                      list="aliases-known"
                      autocomplete="off"
                    />
                    <datalist id="aliases-known">
                      ${aliases.map(({ alias }) => html`<option value="${alias}"></option>`)}
                    </datalist>
                  </div>
                  <div>
                    <label for="alias-version">to the version</label>
                    <select id="alias-version" name="version">
                      ${published.map(({ version }) => html`<option>${version}</option>`)}
                    </select>
                  </div>
                  <button>Set</button>
                </div>`,
              )
        }
      </div>
    </div>
  </section>`;
}
