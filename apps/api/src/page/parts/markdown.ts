import { raw } from 'hono/html';
import MarkdownIt from 'markdown-it';
import type { Html } from '../html.js';

/** Notes stand below the second heading of a page. */
const TOP_LEVEL = 3;

/** HTML stays text. A picture of somewhere else would tell that place who reads the page. */
const parser = new MarkdownIt('commonmark', { html: false }).disable(['image']);
parser.core.ruler.push('page', ({ tokens }) => {
  for (const token of tokens) {
    if (token.type.startsWith('heading_')) {
      token.tag = `h${Math.min(6, Number(token.tag.slice(1)) + TOP_LEVEL - 1)}`;
    }
    for (const link of token.children ?? []) {
      if (link.type === 'link_open') link.attrSet('rel', 'nofollow noopener noreferrer');
    }
  }
});

/** What somebody wrote as Markdown (CommonMark). No text makes an element, an attribute or an address that runs anything. */
export function markdown(text: string): Html {
  return raw(parser.render(text));
}
