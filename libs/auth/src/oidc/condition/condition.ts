import { type ASTNode, Environment } from '@marcbachmann/cel-js';
import { InvalidConditionError } from '../oidc.errors.js';
import { requireBoundedClaims } from './claim-limits.js';
import { requireBoundedCost } from './condition-cost.js';
import { hasAny, hasToken } from './condition-functions.js';

/** What a condition can see. */
export interface Facts {
  /** The forwarded claims, and no others. */
  readonly claims: Readonly<Record<string, unknown>>;
  readonly identity: {
    readonly provider: string;
    readonly subject: string;
    readonly credential_id: string;
  };
}

/** A condition that may be evaluated for every request. */
export interface Condition {
  readonly ast: ASTNode;
  /** Throws when a claim is missing, of another type than the condition needs, or beyond the limits of claim-limits.ts. */
  readonly evaluate: (facts: Facts) => unknown;
}

export const LONGEST_CONDITION_BYTES = 4096;

const ENVIRONMENT = new Environment({
  limits: { maxAstNodes: 300, maxDepth: 40, maxListElements: 200, maxMapEntries: 20, maxCallArguments: 8 },
})
  .registerVariable({ name: 'claims', type: 'map<string, dyn>' })
  .registerVariable({
    name: 'identity',
    schema: { provider: 'string', subject: 'string', credential_id: 'string' },
  })
  .registerFunction('hasAny(dyn, list): bool', hasAny)
  .registerFunction('hasToken(dyn, string): bool', hasToken);

/**
 * Parses, type-checks and bounds a CEL expression; see condition-cost.ts for what may be in one.
 * Throws InvalidConditionError, whose message says what is wrong.
 */
export function compileCondition(source: string): Condition {
  if (Buffer.byteLength(source) > LONGEST_CONDITION_BYTES) {
    throw new InvalidConditionError(`must be at most ${LONGEST_CONDITION_BYTES} bytes`);
  }
  const program = parse(source);
  requireBoundedCost(program.ast, source);
  const { valid, type, error } = program.check();
  if (!valid) {
    throw new InvalidConditionError(`does not type-check: ${summaryOf(error)}`, { cause: error });
  }
  if (type !== 'bool') {
    throw new InvalidConditionError(`must be true or false by its type, but it is ${type ?? 'unknown'}`);
  }
  return { ast: program.ast, evaluate: (facts) => evaluate(program, facts) };
}

function parse(source: string): ReturnType<Environment['parse']> {
  try {
    return ENVIRONMENT.parse(source);
  } catch (error) {
    throw new InvalidConditionError(`is not valid CEL: ${summaryOf(error)}`, { cause: error });
  }
}

function evaluate(program: ReturnType<Environment['parse']>, facts: Facts): unknown {
  requireBoundedClaims(facts.claims);
  requireBoundedClaims(facts.identity);
  return program({ ...facts });
}

/** The first line of what CEL says, without its drawing of the place. */
export function summaryOf(error: unknown): string {
  return error instanceof Error ? (error.message.split('\n')[0] ?? '') : 'for an unknown reason';
}
