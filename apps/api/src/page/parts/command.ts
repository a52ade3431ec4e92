import { html, type Html, type HtmlValue } from '../html.js';

/** Something to be copied to a terminal. `id` is of this page only. */
export function command(id: string, title: HtmlValue, text: HtmlValue): Html {
  return html`<figure class="command">
    <figcaption>
      <span>${title}</span>
      <button type="button" class="copy" data-copy="${id}" hidden>Copy</button>
    </figcaption>
    <pre tabindex="0"><code id="${id}">${text}</code></pre>
  </figure>`;
}

/** A digest that can be copied whole, however little of it there is room for. */
export function digest(id: string, value: string): Html {
  return html`<span class="digest"
    ><code id="${id}" title="${value}">${value}</code>
    <button type="button" class="copy" data-copy="${id}" hidden aria-label="Copy the digest">
      Copy
    </button></span
  >`;
}
