import { Scalar } from 'yaml';

/** What Go's decoder takes a scalar for. Its text is as it stands there, without quotes and escapes. */
export type GoScalar =
  | { readonly kind: 'null' }
  | { readonly kind: 'text' | 'date'; readonly text: string; readonly isQuoted: boolean }
  | { readonly kind: 'boolean'; readonly text: string; readonly value: boolean }
  /** Without a value when Go has no 64-bit integer for it. Fractions are cut off. */
  | { readonly kind: 'number'; readonly text: string; readonly value: bigint | undefined }
  /** The tag says something else than the text. */
  | { readonly kind: 'mistagged'; readonly text: string };

const PREFIX = 'tag:yaml.org,2002:';
const NULLS = new Set(['', '~', 'null', 'Null', 'NULL']);
const TRUE = /^(?:y|Y|yes|Yes|YES|true|True|TRUE|on|On|ON)$/;
const FALSE = /^(?:n|N|no|No|NO|false|False|FALSE|off|Off|OFF)$/;
const INTEGER = /^[-+]?(?:0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+|0[0-7]*|[1-9][0-9]*)$/;
const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
const NO_NUMBER = /^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;
const DATE = /^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:$|[Tt ][0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2})/;
const INT64 = { min: -(2n ** 63n), max: 2n ** 63n - 1n };

/**
 * Resolves a scalar as go-yaml v2 (Incus 6, LXD) and v4 (Incus 7) do where they agree; where they do not, as the
 * stricter of both. Source: `resolve.go` and `decode.go` of go-yaml 2.4, `resolver.go` of 4.0.
 */
export function toGoScalar(scalar: Scalar): GoScalar {
  const text = scalar.source ?? '';
  const isQuoted = scalar.type !== Scalar.PLAIN;
  const tag = scalar.tag;
  if (tag === undefined) return isQuoted ? { kind: 'text', text, isQuoted } : resolvePlain(text);
  switch (tag.startsWith(PREFIX) ? tag.slice(PREFIX.length) : '') {
    case 'binary':
      return decodeBinary(text);
    case 'int':
      return INTEGER.test(withoutUnderscores(text)) ? resolvePlain(text) : { kind: 'mistagged', text };
    case 'float':
      return isOfKind(resolvePlain(text), 'number', text);
    case 'bool':
      return isOfKind(resolvePlain(text), 'boolean', text);
    case 'null':
      return isOfKind(resolvePlain(text), 'null', text);
    case 'timestamp':
      return isOfKind(resolvePlain(text), 'date', text);
    default:
      return { kind: 'text', text, isQuoted: true };
  }
}

function resolvePlain(text: string): GoScalar {
  if (NULLS.has(text)) return { kind: 'null' };
  if (TRUE.test(text)) return { kind: 'boolean', text, value: true };
  if (FALSE.test(text)) return { kind: 'boolean', text, value: false };
  if (NO_NUMBER.test(text)) return { kind: 'number', text, value: undefined };
  if (DATE.test(text)) return { kind: 'date', text, isQuoted: false };
  const digits = withoutUnderscores(text);
  if (INTEGER.test(digits)) return { kind: 'number', text, value: inRange(toInteger(digits)) };
  if (FLOAT.test(digits)) return { kind: 'number', text, value: inRange(truncated(Number(digits))) };
  return { kind: 'text', text, isQuoted: false };
}

/** Only what begins like a number may have them. */
function withoutUnderscores(text: string): string {
  return /^[-+0-9]/.test(text) ? text.replaceAll('_', '') : text;
}

/** A zero in front makes an octal number, as in YAML 1.1. */
function toInteger(digits: string): bigint {
  const [, sign = '', magnitude = ''] = /^([-+]?)(.*)$/.exec(digits) ?? [];
  const value = BigInt(/^0[0-7]+$/.test(magnitude) ? `0o${magnitude}` : magnitude);
  return sign === '-' ? -value : value;
}

function truncated(value: number): bigint | undefined {
  return Number.isFinite(value) ? BigInt(Math.trunc(value)) : undefined;
}

function inRange(value: bigint | undefined): bigint | undefined {
  return value !== undefined && value >= INT64.min && value <= INT64.max ? value : undefined;
}

function isOfKind(resolved: GoScalar, kind: GoScalar['kind'], text: string): GoScalar {
  return resolved.kind === kind ? resolved : { kind: 'mistagged', text };
}

function decodeBinary(text: string): GoScalar {
  const base64 = text.replaceAll(/[\r\n]/g, '');
  const isSound = base64.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(base64);
  if (!isSound) return { kind: 'mistagged', text };
  return { kind: 'text', text: Buffer.from(base64, 'base64').toString('utf8'), isQuoted: true };
}
