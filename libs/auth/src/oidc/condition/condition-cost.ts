import type { ASTNode } from '@marcbachmann/cel-js';
import { InvalidConditionError } from '../oidc.errors.js';
import { operandsOf } from './expression.js';

/** The longest list in a claim that a condition gets to see. */
export const LONGEST_LIST = 256;

/** Steps, each well below a microsecond: the worst condition takes some hundredths of a second. */
const HIGHEST_COST = 100_000;

/** Each evaluates its body once for every entry of a list. */
const COMPREHENSIONS: readonly string[] = ['all', 'exists', 'exists_one'];
/** Each may look at every entry of a list, or at a whole text. */
const SEARCHES: readonly string[] = [
  'hasAny',
  'hasToken',
  'contains',
  'startsWith',
  'endsWith',
  'lowerAscii',
];
const CHEAP: readonly string[] = ['has', 'size', 'string', 'int', 'double', 'bool'];

/** Everything a condition may call. `matches` is not among them: its engine backtracks. */
const CALLABLE: readonly string[] = [...COMPREHENSIONS, ...SEARCHES, ...CHEAP];

/** Throws InvalidConditionError when the expression calls something else, or could take too long on some claims. */
export function requireBoundedCost(expression: ASTNode): void {
  if (costOf(expression) > HIGHEST_COST) {
    throw new InvalidConditionError('could take too long; nest no all, exists or exists_one');
  }
}

function costOf(node: ASTNode): number {
  const operands = operandsOf(node).reduce((sum, operand) => sum + costOf(operand), 1);
  switch (node.op) {
    case 'call':
    case 'rcall':
      return callCost(node, operands);
    case 'in':
    case '==':
    case '!=':
      return operands + (isLiteral(node.args[1]) || isLiteral(node.args[0]) ? 1 : LONGEST_LIST);
    default:
      return operands;
  }
}

function callCost(node: Extract<ASTNode, { op: 'call' | 'rcall' }>, operands: number): number {
  const [name] = node.args;
  if (!CALLABLE.includes(name)) {
    throw new InvalidConditionError(`must not call ${name}; it may call ${CALLABLE.join(', ')}`);
  }
  if (node.op === 'rcall' && COMPREHENSIONS.includes(name)) {
    return operands * lengthOf(node.args[1]);
  }
  return SEARCHES.includes(name) ? operands + LONGEST_LIST : operands;
}

function isLiteral(node: ASTNode): boolean {
  return node.op === 'value';
}

/** How long a list may be at most, whatever the claims are. */
function lengthOf(node: ASTNode): number {
  switch (node.op) {
    case 'list':
      return node.args.length;
    case '+':
    case '?:':
      return operandsOf(node).reduce((sum, operand) => sum + lengthOf(operand), 0);
    default:
      return LONGEST_LIST;
  }
}
