import type { OpenAPIObject } from '@nestjs/swagger';
import type { DeclaredRoute } from '../access/declared-routes.js';
import { PARAMETER_PATTERNS } from '../http/path-parameters.interceptor.js';
import { type DescribedOperation, type Operation, operationsOf, parametersIn } from './document-types.js';

const PARAMETER_MEANINGS: Readonly<Record<string, string>> = {
  name: 'Name of the image',
  version: 'Name of the version',
  alias: 'Name of the alias',
  ref: 'A version or an alias',
  role_id: 'Name of the role',
  digest: 'Digest of the bytes',
  part_number: 'Number of the part, from 1 to 10000',
  hex: 'The SHA-256 of the bytes',
  file_name: 'A name that the list of products has for the file',
  upload_id: 'Id of the upload',
  artifact_id: 'Id of the artifact',
  attachment_id: 'Id of the attachment',
  job_id: 'Id of the publish job',
  principal_id: 'Id of the principal',
  token_id: 'Id of the token',
  rule_id: 'Id of the rule',
};

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
  const template = path.replace(/\{([^}]+)\}/g, ':$1');
  const rule = routes.find((route) => route.method.toLowerCase() === method && route.path === template)?.rule;
  operation.security = securityOf(rule);
  if (rule !== undefined && !['unchecked', 'anonymous', 'authenticated'].includes(rule)) {
    operation.description = [operation.description, `Needs the action \`${rule}\`.`]
      .filter(Boolean)
      .join('\n\n');
  }
}

function securityOf(rule: DeclaredRoute['rule']): Record<string, string[]>[] {
  if (rule === 'unchecked') {
    return [];
  }
  return rule === 'anonymous' ? [{}, { bearer: [] }] : [{ bearer: [] }];
}

function describeParameters(operation: Operation): void {
  for (const parameter of parametersIn(operation, 'path')) {
    const pattern = PARAMETER_PATTERNS[parameter.name];
    const meaning = PARAMETER_MEANINGS[parameter.name];
    if (pattern !== undefined) {
      parameter.schema = { type: 'string', pattern: pattern.source };
    }
    if (meaning !== undefined) {
      parameter.description = meaning;
    }
  }
  for (const { schema } of parametersIn(operation, 'query')) {
    if (schema !== undefined && 'type' in schema && schema.type === 'number') {
      schema.type = 'integer';
    }
  }
}
