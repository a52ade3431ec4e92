import type { Alias } from '@imgsrv/catalog';
import { aliasPrecondition } from './alias-precondition.js';

const TAG = '"0b0c.2"';
const CURRENT = { entityTag: TAG } as Alias;

it.each([
  ['nothing is demanded', {}, true, true],
  ['the tag matches', { 'if-match': TAG }, true, false],
  ['one of several matches', { 'if-match': `"other", ${TAG}` }, true, false],
  ['another tag is named', { 'if-match': '"0b0c.1"' }, false, false],
  ['a proxy has weakened the tag', { 'if-match': `W/${TAG}` }, true, false],
  ['another weak tag is named', { 'if-match': 'W/"0b0c.1"' }, false, false],
  ['one of several weak ones matches', { 'if-match': `W/"other", W/${TAG}` }, true, false],
  ['the quotes are missing', { 'if-match': TAG.slice(1, -1) }, false, false],
  ['any is demanded', { 'if-match': '*' }, true, false],
  ['an empty list is demanded', { 'if-match': '' }, false, false],
  ['none is demanded', { 'if-none-match': '*' }, false, true],
  ['another is demanded', { 'if-none-match': '"0b0c.1"' }, true, true],
  ['anything but this is demanded', { 'if-none-match': `W/${TAG}` }, false, true],
  ['both are demanded, and cannot be', { 'if-match': '*', 'if-none-match': '*' }, false, false],
])('when %s', (_what, headers, whenPresent, whenAbsent) => {
  const precondition = aliasPrecondition(headers);
  expect({ whenPresent: precondition(CURRENT), whenAbsent: precondition(undefined) }).toEqual({
    whenPresent,
    whenAbsent,
  });
});
