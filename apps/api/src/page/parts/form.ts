import { html, type Html, type HtmlValue } from '../html.js';
import type { PageContext } from '../layout/page-context.js';
import { FORM_TOKEN } from '../session/form-token.js';

/** A form that changes something, with what proves that a page of the session made it. */
export function form({ formToken, link }: PageContext, action: string, fields: HtmlValue): Html {
  return html`<form method="post" action="${link(action)}">
    ${formToken !== undefined && html`<input type="hidden" name="${FORM_TOKEN}" value="${formToken}" />`}
    ${fields}
  </form>`;
}
