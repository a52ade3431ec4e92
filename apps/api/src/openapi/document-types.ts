import type { OpenAPIObject } from '@nestjs/swagger';

type Defined<T> = NonNullable<T>;
type NotReference<T> = T extends { $ref: string } ? never : T;

export type PathItem = OpenAPIObject['paths'][string];
export type Operation = Defined<PathItem['get']>;
export type Parameter = NotReference<Defined<Operation['parameters']>[number]>;
export type Response = NotReference<Defined<Operation['responses'][string]>>;
export type Schema = NotReference<Defined<Defined<OpenAPIObject['components']>['schemas']>[string]>;

const METHODS = ['get', 'put', 'post', 'delete', 'patch', 'head'] as const;

export interface DescribedOperation {
  readonly path: string;
  readonly method: (typeof METHODS)[number];
  readonly operation: Operation;
}

/** All operations of a document, in its order. */
export function operationsOf(document: OpenAPIObject): DescribedOperation[] {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const operation = item[method];
      return operation === undefined ? [] : [{ path, method, operation }];
    }),
  );
}

/** The parameters of an operation that are in this place of the request. */
export function parametersIn(operation: Operation, place: Parameter['in']): Parameter[] {
  return (operation.parameters ?? []).filter(
    (parameter): parameter is Parameter => !('$ref' in parameter) && parameter.in === place,
  );
}

/** The answers of an operation by their status; `default` is one. */
export function responsesOf(operation: Operation): [string, Response][] {
  return Object.entries(operation.responses).flatMap(([status, response]) =>
    response === undefined || '$ref' in response ? [] : [[status, response]],
  );
}
