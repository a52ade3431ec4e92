import { html, type Html } from '../html.js';

/** What pages say after a form; a word of the query that is none of these says nothing. */
const DONE: Readonly<Record<string, string>> = {
  'alias-set': 'The alias is set.',
  'alias-removed': 'The alias is removed. What it named stays.',
  'visibility-set': 'The image is seen by others now. It counts from the next request on.',
  promoted: 'The alias is promoted.',
  reverted: 'The promotion is taken back.',
  withdrawn: 'The version is withdrawn: nobody is served it any more.',
  restored: 'The version is served again.',
  'draft-deleted': 'The draft is deleted.',
  'principal-changed': 'The principal is changed.',
  'rule-saved': 'The rule is saved. It counts from the next request on.',
  'rule-deleted': 'The rule is deleted.',
  'token-revoked': 'The token is revoked. It is good for nothing from now on.',
};

export function doneNote(done: string | undefined): Html | undefined {
  const text = done !== undefined && Object.hasOwn(DONE, done) ? DONE[done] : undefined;
  return text === undefined ? undefined : html`<p class="note good" role="status">${text}</p>`;
}
