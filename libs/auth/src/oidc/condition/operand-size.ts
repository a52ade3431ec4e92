import type { ASTNode } from '@marcbachmann/cel-js';
import {
  LONGEST_LIST,
  LONGEST_TEXT,
  MOST_CHARACTERS,
  MOST_VALUES,
  MOST_VALUES_IN_ENTRY,
} from './claim-limits.js';
import { operandsOf } from './expression.js';

/** How large the value of an expression may be at most, whatever the claims are. */
export interface OperandSize {
  /** Characters of the longest text: the value itself, or one inside of it. */
  readonly text: number;
  /** Characters of all texts together. */
  readonly characters: number;
  /** Values inside of it, itself among them. */
  readonly values: number;
  /** Entries, if it is a list or an object. */
  readonly length: number;
  /** Entries of the longest list or object: the value itself, or one inside of it. */
  readonly longest: number;
  /** What a loop over it meets; absent: nothing that is larger than the value itself. */
  readonly entry?: OperandSize;
}

/** The sizes of the loop variables that an expression may name. */
export type Scope = ReadonlyMap<string, OperandSize>;

/** Any claim, any part of one, and the identity, whose texts are bounded alike. */
const CLAIM: OperandSize = {
  text: LONGEST_TEXT,
  characters: MOST_CHARACTERS,
  values: MOST_VALUES,
  length: LONGEST_LIST,
  longest: LONGEST_LIST,
  entry: {
    text: LONGEST_TEXT,
    characters: LONGEST_TEXT * MOST_VALUES_IN_ENTRY,
    values: MOST_VALUES_IN_ENTRY,
    length: MOST_VALUES_IN_ENTRY,
    longest: MOST_VALUES_IN_ENTRY,
  },
};
/** A number or a boolean, also written out. */
const SCALAR = textOf(32);
/** One upper-case letter has two characters in lower case. */
const LOWER_CASE_GROWTH = 2;

export function sizeOf(node: ASTNode, scope: Scope): OperandSize {
  switch (node.op) {
    case 'value':
      return typeof node.args === 'string' || node.args instanceof Uint8Array
        ? textOf(node.args.length)
        : SCALAR;
    case 'id':
      return scope.get(node.args) ?? CLAIM;
    case '.':
    case '[]':
      return partOf(sizeOf(node.args[0], scope));
    case 'list':
      return containerOf(node.args.map((entry) => sizeOf(entry, scope)));
    case 'map':
      return containerOf(node.args.flat().map((part) => sizeOf(part, scope)));
    case '+':
      return joined(sizeOf(node.args[0], scope), sizeOf(node.args[1], scope));
    case '?:':
      return largest([sizeOf(node.args[1], scope), sizeOf(node.args[2], scope)]);
    case 'call':
    case 'rcall':
      return resultOf(node, scope);
    default:
      return SCALAR;
  }
}

/** What a loop over a value of this size meets. */
export function entryOf(size: OperandSize): OperandSize {
  return size.entry ?? size;
}

function resultOf(node: Extract<ASTNode, { op: 'call' | 'rcall' }>, scope: Scope): OperandSize {
  const [name] = node.args;
  const [operand] = operandsOf(node);
  const text = operand === undefined ? 0 : sizeOf(operand, scope).text;
  if (name === 'string') {
    return textOf(Math.max(text, SCALAR.text));
  }
  return name === 'lowerAscii' ? textOf(text * LOWER_CASE_GROWTH) : SCALAR;
}

/** No part is larger than the whole. */
function partOf(size: OperandSize): OperandSize {
  return { ...size, length: size.longest };
}

function textOf(length: number): OperandSize {
  return { text: length, characters: length, values: 1, length: 0, longest: 0 };
}

function containerOf(parts: readonly OperandSize[]): OperandSize {
  const entry = largest(parts);
  return {
    text: entry.text,
    characters: sum(parts.map(({ characters }) => characters)),
    values: sum(parts.map(({ values }) => values)) + 1,
    length: parts.length,
    longest: Math.max(parts.length, entry.longest),
    entry: flat(entry),
  };
}

function joined(left: OperandSize, right: OperandSize): OperandSize {
  return {
    text: left.text + right.text,
    characters: left.characters + right.characters,
    values: left.values + right.values,
    length: left.length + right.length,
    longest: left.longest + right.longest,
    entry: flat(largest([entryOf(left), entryOf(right)])),
  };
}

/** As large as the largest of them in every respect. */
function largest(sizes: readonly OperandSize[]): OperandSize {
  const most = (part: (size: OperandSize) => number): number => Math.max(0, ...sizes.map(part));
  const size = {
    text: most(({ text }) => text),
    characters: most(({ characters }) => characters),
    values: most(({ values }) => values),
    length: most(({ length }) => length),
    longest: most(({ longest }) => longest),
  };
  return sizes.every(({ entry }) => entry === undefined)
    ? size
    : { ...size, entry: flat(largest(sizes.map((one) => flat(entryOf(one))))) };
}

/** The entry of an entry is a part of it, so no larger than itself. */
function flat({ text, characters, values, longest }: OperandSize): OperandSize {
  return { text, characters, values, length: longest, longest };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
