import type { ByteRange } from '@imgsrv/cas';

export type RangeAnswer =
  | { readonly kind: 'whole' }
  | { readonly kind: 'part'; readonly range: ByteRange }
  | { readonly kind: 'unsatisfiable' };

const WHOLE: RangeAnswer = { kind: 'whole' };
const UNSATISFIABLE: RangeAnswer = { kind: 'unsatisfiable' };

/**
 * What a Range header asks of a representation of `sizeBytes` (RFC 9110, 14.2). One range is served, and one beyond
 * the end is unsatisfiable; several, another unit and malformed text are ignored, as any server may do.
 */
export function parseRange(header: string | undefined, sizeBytes: number): RangeAnswer {
  const match = header === undefined ? null : /^bytes=(.*)$/i.exec(header.trim());
  if (match === null) {
    return WHOLE;
  }
  // Several have commas between them, which none has inside.
  const spec = (match[1] ?? '').trim();
  return isWellFormed(spec) ? resolveRange(spec, sizeBytes) : WHOLE;
}

function isWellFormed(spec: string): boolean {
  const match = /^(\d*)-(\d*)$/.exec(spec);
  if (match === null || spec === '-') {
    return false;
  }
  return match[1] === '' || match[2] === '' || BigInt(match[1] ?? 0) <= BigInt(match[2] ?? 0);
}

function resolveRange(spec: string, sizeBytes: number): RangeAnswer {
  const [first = '', last = ''] = spec.split('-');
  const start = first === '' ? Math.max(sizeBytes - Number(last), 0) : Number(first);
  const end = first === '' || last === '' ? sizeBytes - 1 : Math.min(Number(last), sizeBytes - 1);
  const empty = first === '' && Number(last) === 0;
  return empty || start > end ? UNSATISFIABLE : { kind: 'part', range: { start, end } };
}
