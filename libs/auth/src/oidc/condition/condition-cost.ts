import type { ASTNode } from '@marcbachmann/cel-js';
import { InvalidConditionError } from '../oidc.errors.js';
import { operandsOf } from './expression.js';
import { entryOf, type OperandSize, type Scope, sizeOf } from './operand-size.js';

/**
 * Steps of about 0.1 µs, as measured on slow claims: the worst condition takes some 30 ms. How it is shown that none
 * takes twice as long: test/oidc/costly-conditions.spec.ts.
 */
const HIGHEST_COST = 300_000;

/** Reading an operand and finding out its type. */
const NODE = 3;
/** One value that is compared with another. */
const VALUE = 1.5;
/** How many characters are copied or compared in a step. */
const COPIED = 400;
/** How many are counted one by one. */
const COUNTED = 16;
/** How many become lower case, or are cut at blanks. */
const CHANGED = 4;
/** How many pairs a search in a text looks at in a step, when all that is searched looks alike. */
const SEARCHED_PAIRS = 1200;
/** How many pairs of entries `hasAny` looks at in a step. */
const ENTRY_PAIRS = 10;
/** An error that the evaluator catches and goes on after: its text draws the place in the source. */
const ERROR = 200;
const DRAWN = 20;

/** Each evaluates its body once for every entry of a list. */
const COMPREHENSIONS: readonly string[] = ['all', 'exists', 'exists_one'];

type CallCost = (receiver: OperandSize, argument: OperandSize) => number;

/** Everything that a condition may call, and what it costs. `matches` is not among it: its engine backtracks. */
const CALLS: Readonly<Record<string, CallCost>> = {
  has: () => NODE,
  bool: () => NODE,
  int: ({ text }) => NODE + text / COUNTED,
  double: ({ text }) => 10 * NODE + text / COUNTED,
  string: () => NODE,
  size: ({ text, length }) => NODE + text / COUNTED + length / COUNTED,
  lowerAscii: ({ text }) => NODE + text / CHANGED,
  startsWith: (_text, start) => NODE + start.text / COPIED,
  endsWith: (_text, end) => NODE + end.text / COPIED,
  contains: (text, part) => NODE + text.text / COPIED + (text.text * part.text) / SEARCHED_PAIRS,
  hasToken: (claim, token) => NODE + claim.text / CHANGED + claim.length + token.text / COPIED,
  hasAny: (claim, wanted) =>
    NODE +
    (claim.length * wanted.length) / ENTRY_PAIRS +
    Math.min(claim.length * wanted.characters, wanted.length * claim.characters) / COPIED,
};

/**
 * Throws InvalidConditionError when the expression calls something else, or could take too long on claims within the
 * limits of claim-limits.ts.
 */
export function requireBoundedCost(expression: ASTNode, source: string): void {
  if (new CostEstimate(source).of(expression, new Map()) > HIGHEST_COST) {
    throw new InvalidConditionError(
      'could take too long: do less inside of all, exists and exists_one, and nest none of them',
    );
  }
}

/** What an expression costs at most. Sizes of operands are worked out anew for each, as expressions are small. */
class CostEstimate {
  private readonly error: number;

  constructor(source: string) {
    this.error = ERROR + source.length / DRAWN;
  }

  of(node: ASTNode, scope: Scope): number {
    if (node.op === 'rcall' && COMPREHENSIONS.includes(node.args[0])) {
      return this.loop(node.args[1], node.args[2], scope);
    }
    const operands = operandsOf(node);
    const below = operands.reduce((total, operand) => total + this.of(operand, scope), 0);
    return (
      below +
      this.own(
        node,
        operands.map((operand) => sizeOf(operand, scope)),
      )
    );
  }

  /** Every entry may end in an error of its own. */
  private loop(list: ASTNode, [variable, body]: readonly ASTNode[], scope: Scope): number {
    const size = sizeOf(list, scope);
    if (variable?.op !== 'id' || body === undefined) {
      throw new InvalidConditionError('has a loop without a variable');
    }
    const inner = new Map([...scope, [variable.args, entryOf(size)]]);
    const once = this.of(body, inner) + NODE + (isSafe(body) ? 0 : this.error);
    return this.of(list, scope) + NODE + size.length * once;
  }

  private own(node: ASTNode, [left = NOTHING, right = NOTHING]: readonly OperandSize[]): number {
    switch (node.op) {
      case 'call':
      case 'rcall':
        return costOfCall(node.args[0])(left, right);
      case '==':
      case '!=':
      case '<':
      case '<=':
      case '>':
      case '>=':
        return (
          NODE +
          Math.min(left.values, right.values) * VALUE +
          Math.min(left.characters, right.characters) / COPIED
        );
      case 'in':
        return NODE + right.values * VALUE + right.characters / COPIED;
      case '+':
        // Texts that were put together are copied when they are looked at.
        return NODE + (left.length + right.length) / ENTRY_PAIRS + (left.text + right.text) / COPIED;
      case '&&':
      case '||':
        return NODE + (isSafe(node.args[0]) ? 0 : this.error);
      default:
        return NODE;
    }
  }
}

const NOTHING: OperandSize = { text: 0, characters: 0, values: 0, length: 0, longest: 0 };

function costOfCall(name: string): CallCost {
  const cost = Object.hasOwn(CALLS, name) ? CALLS[name] : undefined;
  if (cost === undefined) {
    const allowed = [...COMPREHENSIONS, ...Object.keys(CALLS)].join(', ');
    throw new InvalidConditionError(`must not call ${name}; it may call ${allowed}`);
  }
  return cost;
}

/** Whether no claim can make a comparison fail, or be no boolean: it compares loop variables and literals only. */
function isSafe(node: ASTNode): boolean {
  switch (node.op) {
    case 'value':
      return typeof node.args === 'boolean';
    case '==':
    case '!=':
      return node.args.every(isPlain);
    case 'in':
      return isPlain(node.args[0]) && node.args[1].op === 'list' && node.args[1].args.every(isPlain);
    case '&&':
    case '||':
      return node.args.every(isSafe);
    case '!_':
      return isSafe(node.args);
    default:
      return false;
  }
}

function isPlain(node: ASTNode): boolean {
  return node.op === 'value' || node.op === 'id';
}
