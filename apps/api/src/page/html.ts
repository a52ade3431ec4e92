import { html as template } from 'hono/html';

/** A piece of HTML: what `html` made, and nothing else. */
export type Html = ReturnType<typeof template>;

/** What may stand in a piece of HTML. Texts and numbers are escaped; nothing, false and undefined leave no trace. */
export type HtmlValue = Html | string | number | false | undefined | readonly HtmlValue[];

/**
 * HTML in which every value is escaped, unless it is HTML itself. Attributes must have quotes. Objects are no values: one that came
 * from a body could pass for HTML.
 */
export function html(strings: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  return template(strings, ...values);
}
