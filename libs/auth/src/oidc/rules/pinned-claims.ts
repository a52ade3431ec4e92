import type { ASTNode } from '@marcbachmann/cel-js';
import { claimRead, textOf } from '../condition/expression.js';

/** Claims that have one of a few exact values whenever the condition holds; `identity.subject` counts as `sub`. */
export type PinnedClaims = ReadonlyMap<string, readonly string[]>;

const NONE: PinnedClaims = new Map();

/**
 * Finds the claims a condition pins. What `||` joins is pinned only if both sides pin it; under `!`, `?:` and in
 * comprehensions nothing counts, which errs on the side of warning.
 */
export function pinnedClaims(node: ASTNode): PinnedClaims {
  switch (node.op) {
    case '&&':
      return inEither(pinnedClaims(node.args[0]), pinnedClaims(node.args[1]));
    case '||':
      return inBoth(pinnedClaims(node.args[0]), pinnedClaims(node.args[1]));
    case '==': {
      const [left, right] = node.args;
      const direct = pin(left, [right]);
      return direct.size > 0 ? direct : pin(right, [left]);
    }
    case 'in':
      return node.args[1].op === 'list' ? pin(node.args[0], node.args[1].args) : NONE;
    case 'call':
      return pinnedByCall(node.args[0], node.args[1]);
    default:
      return NONE;
  }
}

function pinnedByCall(name: string, operands: readonly ASTNode[]): PinnedClaims {
  const [claim, wanted] = operands;
  if (claim === undefined || wanted === undefined) {
    return NONE;
  }
  if (name === 'hasToken') {
    return pin(claim, [wanted]);
  }
  return name === 'hasAny' && wanted.op === 'list' ? pin(claim, wanted.args) : NONE;
}

function pin(claim: ASTNode, literals: readonly ASTNode[]): PinnedClaims {
  const name = claimRead(claim);
  const values = literals.map(textOf);
  return name !== undefined && values.every((value) => value !== undefined)
    ? new Map([[name, values]])
    : NONE;
}

function inEither(left: PinnedClaims, right: PinnedClaims): PinnedClaims {
  return new Map([...left, ...right]);
}

function inBoth(left: PinnedClaims, right: PinnedClaims): PinnedClaims {
  const shared = [...left].flatMap(([name, values]) => {
    const others = right.get(name);
    return others === undefined ? [] : [[name, [...values, ...others]] as const];
  });
  return new Map(shared);
}
