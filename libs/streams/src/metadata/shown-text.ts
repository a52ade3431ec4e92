import { isReadableText } from '@imgsrv/platform';
import { quoted } from './yaml/metadata-problems.js';
import type { MetadataMap } from './yaml/metadata-map.js';

const MAX_VALUE_CHARACTERS = 4096;

/** What shells, CI services and template engines leave when they were not run. */
const UNEXPANDED = /\$\(.*\)|\$\{.*\}|\{\{.*\}\}|\{%.*%\}|<%.*%>/s;

/**
 * A value that clients show: one line of text that people see as it is and that can be stored; white space around it does
 * not count, and an empty one is absent. What is none is refused and absent.
 */
export function readShownText(map: MetadataMap, key: string): string | undefined {
  const text = map.text(key)?.trim() ?? '';
  if (text === '') return undefined;
  const problem = findProblem(text);
  if (problem === undefined) return text;
  map.refuse(key, problem);
  return undefined;
}

function findProblem(text: string): string | undefined {
  if (text.length > MAX_VALUE_CHARACTERS) {
    return `is longer than ${MAX_VALUE_CHARACTERS} characters; shorten it.`;
  }
  if (!isReadableText(text)) {
    return 'contains control characters, or invisible ones such as zero-width spaces and bidirectional controls; write it as one line without them.';
  }
  return UNEXPANDED.test(text)
    ? `is ${quoted(text)}, which was to be filled in; write the value itself.`
    : undefined;
}
