import type { ImageOverview } from '@imgsrv/catalog';
import type { Page } from '@imgsrv/platform';
import { html, type Html } from '../html.js';
import type { PageContext, View } from '../layout/page-context.js';
import { age } from '../parts/age.js';
import { plural } from '../parts/plural.js';
import { visibilityBadge } from './visibility-form.view.js';
import { firstSteps } from './first-steps.view.js';

interface Catalogue {
  readonly page: Page<ImageOverview>;
  readonly search: string;
  readonly isFirst: boolean;
}

export function cataloguePage(catalogue: Catalogue): View {
  const { page, search, isFirst } = catalogue;
  const isEmpty = page.items.length === 0 && search === '' && isFirst;
  return (context) => ({
    title: search === '' ? 'Images' : `Images with “${search}”`,
    body: html`<div class="head">
        <h1>Images</h1>
        <p class="lead">
          Virtual machine and container images, for Incus, LXD and anything that speaks HTTP.
        </p>
      </div>
      ${isEmpty ? firstSteps(context) : listing(context, catalogue)}`,
  });
}

function listing(context: PageContext, { page, search, isFirst }: Catalogue): Html {
  const summary = summaryOf(page, search, isFirst);
  return html`<form role="search" method="get" action="${context.link('/')}">
      <label class="unseen" for="q">Search images</label>
      <input
        id="q"
        name="q"
        type="search"
        value="${search}"
        maxlength="200"
        placeholder="Name or description"
        autocomplete="off"
        spellcheck="false"
      />
      <button class="second">Search</button>
    </form>
    <div id="results" data-summary="${summary}">
      <p class="count">${summary}</p>
      ${
        page.items.length === 0
          ? nothingFound(context, search)
          : html`<ul class="sheet rows images">
              ${page.items.map((overview) => row(context, overview))}
            </ul>`
      }
      ${pager(context, page, search, isFirst)}
    </div>`;
}

function summaryOf({ items, nextCursor }: Page<ImageOverview>, search: string, isFirst: boolean): string {
  const count = `${isFirst ? '' : 'the next '}${plural(items.length, 'image')}`;
  const found = search === '' ? count : `${count} with “${search}”`;
  return nextCursor === undefined ? found : `${isFirst ? 'the first ' : ''}${found}`;
}

function row({ link }: PageContext, { image, newest, publishedVersions, aliases }: ImageOverview): Html {
  return html`<li class="row">
    <div>
      <h2 class="name">
        <a href="${link(`/images/${image.name}`)}">${image.name}</a> ${visibilityBadge(image)}
      </h2>
      ${image.displayName !== undefined && html`<p class="called">${image.displayName}</p>`}
      ${image.description !== undefined && html`<p class="about">${image.description}</p>`}
    </div>
    <div class="cell">
      <p>
        <span class="unseen">Newest version </span><span class="mono">${newest.version}</span>
        ${newest.isDeprecated && html`<span class="badge warn">deprecated</span>`}
      </p>
      <p class="quiet">${age(newest.publishedAt)}, ${plural(publishedVersions, 'version')}</p>
    </div>
    <div class="cell">
      ${
        aliases.length > 0 &&
        html`<p class="chips">
          <span class="unseen">Aliases </span
          >${aliases.map((alias) => html`<span class="chip alias">${alias}</span> `)}
        </p>`
      }
      <p class="chips">
        <span class="unseen">Architectures and formats </span>${[
          ...newest.architectures,
          ...newest.formats,
        ].map((word) => html`<span class="chip">${word}</span> `)}
      </p>
    </div>
  </li>`;
}

function nothingFound({ link }: PageContext, search: string): Html {
  return html`<div class="sheet empty">
    <h2>Nothing is called that</h2>
    <p>
      No published image has “${search}” in its name or description. A search looks for every word, anywhere.
      <a href="${link('/')}">Show all images</a>
    </p>
  </div>`;
}

function pager(
  { link }: PageContext,
  { nextCursor }: Page<ImageOverview>,
  search: string,
  isFirst: boolean,
): Html | undefined {
  if (isFirst && nextCursor === undefined) {
    return undefined;
  }
  const query = search === '' ? '' : `q=${encodeURIComponent(search)}`;
  const next =
    nextCursor === undefined ? undefined : `/?${query === '' ? '' : `${query}&`}cursor=${nextCursor}`;
  return html`<nav class="pager" aria-label="Pages of the list">
    ${isFirst ? html`<span></span>` : html`<a class="button second" href="${link(`/?${query}`)}">First page</a>`}
    ${next !== undefined && html`<a class="button second" rel="next" href="${link(next)}">Next page</a>`}
  </nav>`;
}
