/** Collects what is wrong with a document, at most so many: a broken one is broken everywhere. */
export class Problems {
  static readonly MOST = 20;
  readonly found: string[] = [];
  count = 0;

  add(where: string, what: string): void {
    this.count += 1;
    if (this.found.length < Problems.MOST) {
      this.found.push(`${where}: ${what}`);
    }
  }
}

export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * The types of Go's struct fields. Its decoder takes no number for a string nor the other way round, and one wrong
 * type fails the whole document.
 */
export type FieldType = 'string' | 'int64' | 'bool' | 'object' | 'strings' | 'string-map';

const CHECKS: Readonly<Record<FieldType, (value: unknown) => boolean>> = {
  string: (value) => typeof value === 'string',
  int64: (value) => Number.isSafeInteger(value),
  bool: (value) => typeof value === 'boolean',
  object: isObject,
  strings: (value) => Array.isArray(value) && value.every((element) => typeof element === 'string'),
  'string-map': (value) =>
    isObject(value) && Object.values(value).every((element) => typeof element === 'string'),
};

export interface Shape {
  readonly required: Readonly<Record<string, FieldType>>;
  readonly optional: Readonly<Record<string, FieldType>>;
}

/** Reports fields that are missing, unknown or of another type; true when there are none. */
export function hasShape(
  value: unknown,
  shape: Shape,
  where: string,
  problems: Problems,
): value is JsonObject {
  if (!isObject(value)) {
    problems.add(where, 'is not an object');
    return false;
  }
  const before = problems.count;
  for (const name of Object.keys(shape.required)) {
    if (!Object.hasOwn(value, name)) {
      problems.add(where, `has no ${name}`);
    }
  }
  for (const [name, field] of Object.entries(value)) {
    const type = fieldType(shape, name);
    if (type === undefined) {
      problems.add(where, `has an unknown field ${name}`);
    } else if (!CHECKS[type](field)) {
      problems.add(where, `${name} is not of the type ${type}`);
    }
  }
  return problems.count === before;
}

function fieldType(shape: Shape, name: string): FieldType | undefined {
  const fields = Object.hasOwn(shape.required, name) ? shape.required : shape.optional;
  return Object.hasOwn(fields, name) ? fields[name] : undefined;
}
