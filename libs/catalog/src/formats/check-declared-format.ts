import { type Container, describeContainer } from './header/container.js';
import { type FormatName, getFormat } from './image-formats.js';
import type { HeaderInspection } from './inspect-header.js';

/**
 * Whether bytes may be published as the format they were declared to have: undefined when they may, else one
 * sentence for the publisher that says why not. Pure; the inspection may be one that was stored.
 */
export function checkDeclaredFormat(name: FormatName, inspection: HeaderInspection): string | undefined {
  const format = getFormat(name);
  const { detected, insideGzip } = inspection;
  if (!format.containers.includes(detected)) return disagreement(name, 'bytes are', detected);
  if (inspection.refusal !== undefined) return inspection.refusal;
  if (format.insideGzip === undefined) return undefined;
  if (insideGzip !== undefined && format.insideGzip.includes(insideGzip)) return undefined;
  return disagreement(name, 'decompressed bytes are', insideGzip ?? 'unknown');
}

function disagreement(name: FormatName, what: string, found: Container): string {
  return `The artifact is declared as ${name} but its ${what} ${describeContainer(found)}.`;
}
