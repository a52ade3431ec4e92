import type { OpenAPIObject } from '@nestjs/swagger';
import type { DeclaredRoute } from '../access/declared-routes.js';
import { PARAMETER_PATTERNS } from '../http/path-parameters.interceptor.js';

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;

const METHODS = ['get', 'put', 'post', 'delete', 'patch', 'head'] as const;

/** The problem document of RFC 9457, as every error has it. */
const PROBLEM_SCHEMA = {
  type: 'object' as const,
  required: ['type', 'title', 'status', 'detail', 'instance'],
  properties: {
    type: {
      type: 'string',
      description: 'Stable name of the problem',
      pattern: '^urn:imgsrv:problem:[a-z0-9-]+$',
    },
    title: { type: 'string' },
    status: { type: 'integer', minimum: 400, maximum: 599 },
    detail: { type: 'string', description: 'What was wrong, for the caller' },
    instance: { type: 'string', description: 'The request id' },
    errors: {
      type: 'array',
      description: 'What is wrong where, for invalid requests',
      items: {
        type: 'object' as const,
        required: ['pointer', 'detail'],
        properties: { pointer: { type: 'string' }, detail: { type: 'string' } },
      },
    },
    current_state: { type: 'string' },
    missing_digests: { type: 'array', items: { type: 'string' } },
  },
};

/** Adds to every operation who may call it, what its path parameters look like and how it fails. */
export function describeOperations(document: OpenAPIObject, routes: readonly DeclaredRoute[]): void {
  document.components ??= {};
  document.components.schemas = { ...document.components.schemas, Problem: PROBLEM_SCHEMA };
  for (const [path, item] of Object.entries(document.paths)) {
    for (const method of METHODS) {
      const operation = item[method];
      if (operation !== undefined) {
        describeAccess(operation, findRoute(routes, method, path));
        describeParameters(operation);
        operation.responses['default'] = {
          description: 'A problem document',
          content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
        };
      }
    }
  }
}

function findRoute(
  routes: readonly DeclaredRoute[],
  method: string,
  path: string,
): DeclaredRoute | undefined {
  const template = path.replace(/\{([^}]+)\}/g, ':$1');
  return routes.find((route) => route.method.toLowerCase() === method && route.path === template);
}

function describeAccess(operation: Operation, route: DeclaredRoute | undefined): void {
  const rule = route?.rule;
  operation.security = rule === 'anonymous' ? [{}, { bearer: [] }] : [{ bearer: [] }];
  if (rule !== undefined && rule !== 'anonymous' && rule !== 'authenticated') {
    operation.description = [operation.description, `Needs the action \`${rule}\`.`]
      .filter(Boolean)
      .join('\n\n');
  }
}

function describeParameters(operation: Operation): void {
  for (const parameter of operation.parameters ?? []) {
    if (!('$ref' in parameter) && parameter.in === 'path') {
      const pattern = PARAMETER_PATTERNS[parameter.name];
      if (pattern !== undefined) {
        parameter.schema = { type: 'string', pattern: pattern.source };
      }
    }
  }
}
