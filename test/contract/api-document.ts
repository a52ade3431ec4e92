import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import type { Answer, HttpClient } from '../support/http-client.js';

export interface SchemaObject {
  readonly $ref?: string;
  readonly type?: string;
  readonly pattern?: string;
  readonly nullable?: boolean;
  readonly properties?: Readonly<Record<string, SchemaObject>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: unknown;
}

interface MediaType {
  readonly schema?: SchemaObject;
  readonly example?: unknown;
}

interface DocumentedResponse {
  readonly $ref?: string;
  readonly description: string;
  readonly headers?: Readonly<Record<string, { readonly required?: boolean }>>;
  readonly content?: Readonly<Record<string, MediaType>>;
}

export interface Operation {
  readonly operationId: string;
  readonly summary?: string;
  readonly tags: readonly string[];
  readonly parameters: readonly {
    readonly name: string;
    readonly in: string;
    readonly required?: boolean;
    readonly description?: string;
    readonly example?: string;
    readonly schema: SchemaObject;
  }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, MediaType>> };
  readonly responses: Readonly<Record<string, DocumentedResponse>>;
}

export interface OpenApi {
  readonly openapi: string;
  readonly servers?: readonly { readonly url: string }[];
  readonly tags: readonly { readonly name: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, SchemaObject>>;
    readonly responses: Readonly<Record<string, DocumentedResponse>>;
  };
}

/** The OpenAPI document of a running service, to hold its answers against. */
export class ApiDocument {
  private readonly ajv = new Ajv({ strict: false, allErrors: true });
  private readonly validators = new Map<SchemaObject, ValidateFunction>();
  private readonly succeeded = new Set<string>();

  private constructor(readonly document: OpenApi) {
    addFormats.default(this.ajv);
    // Readers must bear with members they do not know; the service must not send any that are not documented.
    const schemas = Object.entries(document.components.schemas).map(([name, schema]) => [
      name,
      schema.type === 'object' ? { additionalProperties: false, ...schema } : schema,
    ]);
    this.ajv.addSchema({ components: { schemas: Object.fromEntries(schemas) as object } }, 'api');
  }

  static async of(client: HttpClient): Promise<ApiDocument> {
    return new ApiDocument((await client.get('/openapi.json')).json as OpenApi);
  }

  /** All operations as `GET /v1/images`, in the order of the document. */
  get operations(): readonly (readonly [string, Operation])[] {
    return Object.entries(this.document.paths).flatMap(([path, item]) =>
      Object.entries(item).map(
        ([method, operation]) => [`${method.toUpperCase()} ${path}`, operation] as const,
      ),
    );
  }

  /** Those that `expectDocumented` has not seen succeed. */
  get untried(): readonly string[] {
    return this.operations.map(([name]) => name).filter((name) => !this.succeeded.has(name));
  }

  /** Expects the status, the media type, the header fields and the body of an answer to be as documented. */
  expectDocumented(method: string, path: string, answer: Answer): void {
    const isHead = method === 'HEAD';
    const name = `${isHead ? 'GET' : method} ${path}`;
    const operation = this.operations.find(([known]) => known === name)?.[1];
    const response = this.resolve(operation?.responses[String(answer.status)]);
    const seen = `${method} ${path} ${answer.status} ${answer.bytes.subarray(0, 500).toString()}`;
    expect({ seen, isDocumented: response !== undefined }).toEqual({ seen, isDocumented: true });
    for (const [header, { required }] of Object.entries(response?.headers ?? {})) {
      if (required === true)
        expect({ seen, headers: answer.headers }).toHaveProperty(['headers', header.toLowerCase()]);
    }
    if (!isHead) {
      this.expectBody(seen, response?.content, answer);
      if (answer.status < 300) this.succeeded.add(name);
    }
  }

  private expectBody(seen: string, content: DocumentedResponse['content'], answer: Answer): void {
    const type = (answer.headers['content-type'] ?? '').replace(/;.*/, '');
    if (content === undefined) {
      expect({ seen, type, bytes: answer.bytes.length }).toEqual({ seen, type: '', bytes: 0 });
      return;
    }
    const documented = content[type] ?? content['*/*'];
    expect({ seen, type, isDocumented: documented !== undefined }).toEqual({
      seen,
      type,
      isDocumented: true,
    });
    if (documented?.schema !== undefined && answer.json !== undefined) {
      this.expectFits(documented.schema, answer.json, seen);
    }
  }

  /** Expects a value to be as a schema of the document says. */
  expectFits(schema: SchemaObject, value: unknown, seen = JSON.stringify(value)): void {
    const validate = this.validator(schema);
    validate(value);
    expect({ seen, errors: validate.errors ?? [] }).toEqual({ seen, errors: [] });
  }

  private resolve(response: DocumentedResponse | undefined): DocumentedResponse | undefined {
    const name = response?.$ref?.replace('#/components/responses/', '');
    return name === undefined ? response : this.document.components.responses[name];
  }

  private validator(schema: SchemaObject): ValidateFunction {
    const known = this.validators.get(schema);
    const validate =
      known ?? this.ajv.compile(schema.$ref === undefined ? schema : { $ref: `api${schema.$ref}` });
    this.validators.set(schema, validate);
    return validate;
  }
}
