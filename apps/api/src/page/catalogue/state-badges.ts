import type { Version } from '@imgsrv/catalog';
import { html, type Html } from '../html.js';
import { isPastEndOfLife } from './metadata.view.js';

/** What is to be known of a version besides that it is published. */
export function stateBadges(version: Version): Html | undefined {
  switch (version.state) {
    case 'draft':
      return html`<span class="badge">draft</span>`;
    case 'publishing':
      return html`<span class="badge busy">publishing</span>`;
    case 'withdrawn':
      return html`<span class="badge bad">withdrawn</span>`;
    case 'published':
      return html`${version.deprecation !== undefined && html`<span class="badge warn">deprecated</span>`}
      ${isPastEndOfLife(version) && html`<span class="badge warn">past its end of life</span>`}`;
  }
}
