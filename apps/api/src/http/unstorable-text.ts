import { isStorableJson, isStorableText } from '@imgsrv/platform';
import type { RequestFault } from './http.errors.js';
import { toPointer } from './json-pointer.js';

const DETAIL = 'must be well-formed Unicode without NUL characters';

/**
 * What the database could not keep of a JSON value, each text by its JSON pointer. A key that is such a text is named by
 * its parent, because a pointer to it would be one as well. The value must not be nested without end.
 */
export function findUnstorableTexts(value: unknown, pointer = ''): RequestFault[] {
  if (isStorableJson(value)) {
    return [];
  }
  if (typeof value !== 'object' || value === null) {
    return [{ pointer, detail: DETAIL }];
  }
  return Object.entries(value).flatMap(([key, member]) =>
    isStorableText(key)
      ? findUnstorableTexts(member, toPointer(key, pointer))
      : [{ pointer, detail: `the names of members ${DETAIL}` }],
  );
}
