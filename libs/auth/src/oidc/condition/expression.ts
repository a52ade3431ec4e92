import type { ASTNode } from '@marcbachmann/cel-js';

/** The direct operands of an expression. */
export function operandsOf(node: ASTNode): readonly ASTNode[] {
  switch (node.op) {
    case 'value':
    case 'id':
      return [];
    case '.':
    case '.?':
      return [node.args[0]];
    case 'call':
      return node.args[1];
    case 'rcall':
      return [node.args[1], ...node.args[2]];
    case 'map':
      return node.args.flat();
    case '!_':
    case '-_':
      return [node.args];
    default:
      return node.args;
  }
}

/** The name of the claim that an expression reads, `sub` for `identity.subject`; undefined for anything else. */
export function claimRead(node: ASTNode): string | undefined {
  if (node.op !== '.' && node.op !== '[]') {
    return undefined;
  }
  const [target, member] = node.args;
  const name = typeof member === 'string' ? member : textOf(member);
  if (target.op !== 'id' || name === undefined) {
    return undefined;
  }
  if (target.args === 'claims') {
    return name;
  }
  return target.args === 'identity' && name === 'subject' ? 'sub' : undefined;
}

/** The value of a text literal. */
export function textOf(node: ASTNode): string | undefined {
  return node.op === 'value' && typeof node.args === 'string' ? node.args : undefined;
}

/** Every expression inside this one, itself first. */
export function* expressionsIn(node: ASTNode): Generator<ASTNode> {
  yield node;
  for (const operand of operandsOf(node)) {
    yield* expressionsIn(operand);
  }
}
