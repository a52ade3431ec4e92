import type { OpenAPIObject } from '@nestjs/swagger';
import type { Action } from '@imgsrv/auth';
import type { AccessRule } from '../access/access.decorator.js';
import type { DeclaredRoute } from '../access/declared-routes.js';
import { pathParameter } from '../http/path-parameters.js';
import { portablePattern } from './portable-pattern.js';
import { type DescribedOperation, type Operation, operationsOf, parametersIn } from './document-types.js';

/** Adds to every operation who may call it and what its parameters look like. */
export function describeRequests(document: OpenAPIObject, routes: readonly DeclaredRoute[]): void {
  for (const described of operationsOf(document)) {
    describeAccess(described, routes);
    describeParameters(described.operation);
  }
}

function describeAccess(
  { path, method, operation }: DescribedOperation,
  routes: readonly DeclaredRoute[],
): void {
  const rule = ruleOf({ path, method }, routes);
  operation.security = securityOf(rule);
  if (needsAction(rule)) {
    operation.description = [operation.description, `Needs the action \`${rule}\`.`]
      .filter(Boolean)
      .join('\n\n');
  }
}

/** The access rule of an operation. */
export function ruleOf(
  { path, method }: Pick<DescribedOperation, 'path' | 'method'>,
  routes: readonly DeclaredRoute[],
): AccessRule | undefined {
  const template = path.replace(/\{([^}]+)\}/g, ':$1');
  return routes.find((route) => route.method.toLowerCase() === method && route.path === template)?.rule;
}

/** Whether known callers may still not be allowed. */
export function needsAction(rule: AccessRule | undefined): rule is Action {
  return rule !== undefined && rule !== 'unchecked' && rule !== 'anonymous' && rule !== 'authenticated';
}

function securityOf(rule: DeclaredRoute['rule']): Record<string, string[]>[] {
  if (rule === 'unchecked') {
    return [];
  }
  return rule === 'anonymous' ? [{}, { bearer: [] }] : [{ bearer: [] }];
}

function describeParameters(operation: Operation): void {
  for (const parameter of parametersIn(operation, 'path')) {
    const { pattern, meaning, example } = pathParameter(parameter.name);
    parameter.schema = { type: 'string', pattern: portablePattern(pattern).pattern };
    parameter.description = meaning;
    parameter.example = example;
  }
  for (const { schema } of parametersIn(operation, 'query')) {
    if (schema !== undefined && 'type' in schema && schema.type === 'number') {
      schema.type = 'integer';
    }
  }
}
