import type { OpenAPIObject } from '@nestjs/swagger';
import { operationsOf, type Schema } from './document-types.js';

type Schemas = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>;

/** Gives every JSON body an example, made of the examples of its members. */
export function describeExamples(document: OpenAPIObject): void {
  const schemas = document.components?.schemas ?? {};
  for (const { operation } of operationsOf(document)) {
    const { requestBody } = operation;
    const json =
      requestBody === undefined || '$ref' in requestBody
        ? undefined
        : requestBody.content['application/json'];
    if (json?.schema !== undefined) {
      json.example = exampleOf(json.schema, schemas);
    }
  }
}

function exampleOf(schema: Schemas[string], schemas: Schemas): unknown {
  const resolved = resolve(schema, schemas);
  if (resolved?.example !== undefined || resolved?.type === undefined) {
    return resolved?.example;
  }
  if (resolved.type === 'array' && resolved.items !== undefined) {
    return [exampleOf(resolved.items, schemas)];
  }
  const members = Object.entries(resolved.properties ?? {}).map(
    ([name, property]) => [name, exampleOf(property, schemas)] as const,
  );
  return members.length === 0
    ? undefined
    : Object.fromEntries(members.filter(([, example]) => example !== undefined));
}

function resolve(schema: Schemas[string], schemas: Schemas): Schema | undefined {
  if (!('$ref' in schema)) {
    // A description beside a reference makes a list of one.
    const [only, ...more] = schema.allOf ?? [];
    return only === undefined || more.length > 0 ? schema : resolve(only, schemas);
  }
  const referred = schemas[schema.$ref.replace('#/components/schemas/', '')];
  return referred === undefined || '$ref' in referred ? undefined : referred;
}
