import type { OpenAPIObject } from '@nestjs/swagger';
import { getMetadataStorage } from 'class-validator';
import { NULL_IS_ABSENT } from '../http/may-be-absent.js';
import { portablePattern } from './portable-pattern.js';

type Schemas = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>;
type Schema = Extract<Schemas[string], { type?: unknown }>;
type Rules = ReturnType<ReturnType<typeof getMetadataStorage>['getTargetValidationMetadatas']>;

/**
 * Writes the validation rules of the DTOs into their schemas: what class-validator enforces is what the document
 * says, and what is validated has no other members.
 */
export function describeRules(document: OpenAPIObject): void {
  for (const validated of validatedClasses()) {
    const schema = document.components?.schemas?.[validated.name];
    if (schema !== undefined && !('$ref' in schema)) {
      schema.additionalProperties = false;
      describeProperties(
        schema,
        getMetadataStorage().getTargetValidationMetadatas(validated, '', false, false),
      );
    }
  }
}

/** The storage keeps its classes to itself, but nothing else knows all of them, the nested ones too. */
function validatedClasses(): (new () => object)[] {
  const byClass: unknown = Reflect.get(getMetadataStorage(), 'validationMetadatas');
  return byClass instanceof Map ? [...byClass.keys()].filter(isClass) : [];
}

function isClass(value: unknown): value is new () => object {
  return typeof value === 'function';
}

function describeProperties(schema: Schema, rules: Rules): void {
  for (const rule of rules) {
    const property = schema.properties?.[rule.propertyName];
    if (property === undefined || '$ref' in property) {
      continue;
    }
    const described =
      rule.each && property.items !== undefined && !('$ref' in property.items) ? property.items : property;
    // A schema that is only a reference has no place for it.
    if (rule.context === NULL_IS_ABSENT && property.type !== undefined) {
      property.nullable = true;
    }
    describeRule(described, rule.name ?? rule.type, rule.constraints);
  }
}

/** Rules without arguments come without constraints, whatever the types of class-validator say. */
function describeRule(schema: Schema, name: string, constraints: readonly unknown[] | undefined): void {
  const [first, second, third] = constraints ?? [];
  switch (name) {
    case 'isInt':
      schema.type = 'integer';
      break;
    case 'matches':
      describePattern(schema, first instanceof RegExp ? first : new RegExp(String(first)));
      break;
    case 'min':
      schema.minimum = Number(first);
      break;
    case 'max':
      schema.maximum = Number(first);
      break;
    case 'maxLength':
      schema.maxLength = Number(first);
      break;
    case 'isLength':
      schema.minLength = Number(first);
      schema.maxLength = Number(second);
      break;
    case 'isReadableText':
      schema.minLength = Number(first);
      schema.maxLength = Number(second);
      schema.description = [schema.description ?? '', String(third)].join(' ').trim();
      break;
    case 'arrayMinSize':
      schema.minItems = Number(first);
      break;
    case 'arrayMaxSize':
      schema.maxItems = Number(first);
      break;
    case 'isIn':
      schema.enum = Array.isArray(first) ? first : [];
      break;
  }
}

function describePattern(schema: Schema, rule: RegExp): void {
  const { rest, ...texts } = portablePattern(rule);
  Object.assign(schema, texts);
  if (rest !== undefined) {
    schema.description = [schema.description, rest].filter(Boolean).join(' ');
  }
}
