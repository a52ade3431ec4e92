import type { Version } from '@imgsrv/catalog';
import { html, type Html } from '../html.js';

/** What is to be known of a version besides that it is published. */
export function stateBadges({ state, deprecation }: Version): Html | undefined {
  switch (state) {
    case 'draft':
      return html`<span class="badge">draft</span>`;
    case 'publishing':
      return html`<span class="badge busy">publishing</span>`;
    case 'withdrawn':
      return html`<span class="badge bad">withdrawn</span>`;
    case 'published':
      return deprecation === undefined ? undefined : html`<span class="badge warn">deprecated</span>`;
  }
}
