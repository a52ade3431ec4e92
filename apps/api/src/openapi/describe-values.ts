import { DIGEST_PATTERN } from '@imgsrv/cas';
import type { OpenAPIObject } from '@nestjs/swagger';
import type { Schema } from './document-types.js';

/** Ids that are names, numbers, or somebody else's. */
const NO_UUIDS = new Set([
  'RoleResponse.id',
  'AuditEventResponse.id',
  'AuditEventResponse.request_id',
  'AuditEventResponse.credential_id',
  'ProvisioningRuleRequest.id',
  'ProvisioningRuleResponse.id',
  'SavedProvisioningRuleResponse.id',
]);
/** Roles have names, and rules may have one that their author chose. */
const NAMES = new Set(['role_id', 'rule_id']);

/** Says of the members of all schemas what follows from what they are called, and lists choices in a stable order. */
export function describeValues(document: OpenAPIObject): void {
  for (const [schemaName, schema] of Object.entries(document.components?.schemas ?? {})) {
    for (const [name, property] of Object.entries('properties' in schema ? (schema.properties ?? {}) : {})) {
      if (!('$ref' in property)) {
        describeValue(property, name, `${schemaName}.${name}`);
      }
    }
  }
}

function describeValue(property: Schema, name: string, fullName: string): void {
  if (property.type === 'number') {
    property.type = 'integer';
    property.minimum ??= 0;
  }
  if (property.type === 'string') {
    if (name.endsWith('_at')) {
      property.format = 'date-time';
    } else if (isUuid(name, fullName)) {
      property.format = 'uuid';
    } else if (name.endsWith('_digest')) {
      property.pattern ??= DIGEST_PATTERN.source;
    }
  }
  // The compiler knows the members of a union, not their order.
  property.enum?.sort();
}

function isUuid(name: string, fullName: string): boolean {
  return (name === 'id' || name.endsWith('_id')) && !NAMES.has(name) && !NO_UUIDS.has(fullName);
}
