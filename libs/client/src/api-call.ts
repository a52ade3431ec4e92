import type { components, paths } from './api-types.js';

/** What the API sends and takes, by the names of the OpenAPI document. */
export type Schemas = components['schemas'];

export type Method = 'get' | 'put' | 'post' | 'patch' | 'delete';

/** Paths that know the method. */
export type PathOf<M extends Method> = {
  [P in keyof paths]: paths[P] extends Readonly<Record<M, object>> ? P : never;
}[keyof paths];

type Operation<M extends Method, P extends PathOf<M>> =
  paths[P] extends Readonly<Record<M, infer O>> ? O : never;

type Parameters<O> = O extends { readonly parameters: infer P } ? P : never;

type PathParameters<O> =
  Parameters<O> extends { readonly path: infer V } ? { readonly path: V } : { readonly path?: undefined };

type Query<O> = Parameters<O> extends { readonly query?: infer V } ? NonNullable<V> : never;

type JsonBody<O> = O extends {
  readonly requestBody: { readonly content: { readonly 'application/json': infer B } };
}
  ? { readonly body: B }
  : O extends { readonly requestBody?: { readonly content: { readonly 'application/json': infer B } } }
    ? { readonly body?: B }
    : { readonly body?: undefined };

type JsonOf<R> = R extends { readonly content: { readonly 'application/json': infer B } } ? B : undefined;

/** The body of a successful answer; undefined when it has none. */
export type AnswerOf<M extends Method, P extends PathOf<M>> =
  Operation<M, P> extends { readonly responses: infer R }
    ? { [S in keyof R]: S extends 200 | 201 | 202 | 204 ? JsonOf<R[S]> : never }[keyof R]
    : never;

export interface CallSettings {
  readonly signal?: AbortSignal;
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * A POST is repeated after a lost answer only if this says that doing it twice does no harm. Every other method is,
   * and a request that the server says it did not do.
   */
  readonly isRepeatable?: boolean;
}

/** The parameters and the body of one operation, checked against the OpenAPI document. */
export type CallOptions<M extends Method, P extends PathOf<M>> = CallSettings &
  PathParameters<Operation<M, P>> &
  JsonBody<Operation<M, P>> & { readonly query?: Query<Operation<M, P>> };

type Scalar = string | number | boolean;

/** `/v1/images/{name}` with its parameters, each as one segment, and a query of what is not undefined. */
export function fillPath(
  template: string,
  parameters: Readonly<Record<string, Scalar | undefined>> = {},
  query: Readonly<Record<string, Scalar | undefined>> = {},
): string {
  const path = template.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = parameters[name];
    // A segment of dots would name another path.
    if (value === undefined || /^\.{0,2}$/.test(String(value))) {
      throw new RangeError(`${JSON.stringify(value)} is no ${name}.`);
    }
    return encodeURIComponent(String(value));
  });
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  const search = new URLSearchParams(
    given.map(([name, value]): [string, string] => [name, String(value)]),
  ).toString();
  return search === '' ? path : `${path}?${search}`;
}
