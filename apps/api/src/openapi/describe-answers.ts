import { STATUS_CODES } from 'node:http';
import type { OpenAPIObject } from '@nestjs/swagger';
import type { AccessRule } from '../access/access.decorator.js';
import type { DeclaredRoute } from '../access/declared-routes.js';
import { needsAction, ruleOf } from './describe-requests.js';
import {
  type DescribedOperation,
  type Operation,
  operationsOf,
  parametersIn,
  type Response,
  responsesOf,
} from './document-types.js';
import { COMMON_PROBLEMS, type CommonProblem, PROBLEM_CONTENT, PROBLEM_SCHEMA } from './problem-answers.js';
import { textHeader } from './text-header.js';

type Headers = NonNullable<Response['headers']>;

const REQUEST_ID: Headers = { 'X-Request-ID': { $ref: '#/components/headers/RequestId' } };
const LOCATION: Headers = { Location: { ...textHeader('Path of what was made'), required: true } };
const LINK: Headers = { Link: textHeader('The next page, `rel="next"`; absent on the last one') };

/** Completes the answers of every operation: how it fails, and the header fields that all answers of a sort have. */
export function describeAnswers(document: OpenAPIObject, routes: readonly DeclaredRoute[]): void {
  const components = (document.components ??= {});
  components.schemas = { ...components.schemas, Problem: PROBLEM_SCHEMA };
  components.headers = {
    RequestId: {
      description: 'The id of this request in the log: the one that was sent, or a new one',
      schema: { type: 'string', minLength: 1, maxLength: 128 },
    },
  };
  components.responses = Object.fromEntries(
    Object.entries(COMMON_PROBLEMS).map(([name, { description, headers }]) => [
      name,
      { description, headers: { ...headers, ...REQUEST_ID }, content: PROBLEM_CONTENT },
    ]),
  );
  for (const described of operationsOf(document)) {
    const { operation } = described;
    for (const [status, response] of responsesOf(operation)) {
      describeAnswer(operation, status, response);
    }
    addProblems(described, ruleOf(described, routes));
  }
}

function describeAnswer(operation: Operation, status: string, response: Response): void {
  response.description ||= STATUS_CODES[status] ?? '';
  response.headers = { ...headersOf(operation, status), ...response.headers, ...REQUEST_ID };
  if (Number(status) >= 400) {
    response.content = PROBLEM_CONTENT;
  }
}

function headersOf(operation: Operation, status: string): Headers {
  if (status === '201') {
    return LOCATION;
  }
  const isList = parametersIn(operation, 'query').some(({ name }) => name === 'cursor');
  return status === '200' && isList ? LINK : {};
}

/** What any request of this shape can meet, unless the route describes it in its own words. */
function addProblems({ path, operation }: DescribedOperation, rule: AccessRule | undefined): void {
  const { requestBody } = operation;
  const takesJson =
    requestBody !== undefined && !('$ref' in requestBody) && 'application/json' in requestBody.content;
  const hasParameters = parametersIn(operation, 'path').length > 0;
  const hasQuery = parametersIn(operation, 'query').length > 0;
  const possible: readonly (readonly [string, CommonProblem, boolean])[] = [
    ['400', 'InvalidRequest', hasParameters || hasQuery || takesJson],
    ['401', 'Unauthenticated', true],
    ['403', 'Forbidden', needsAction(rule)],
    ['404', 'NotFound', hasParameters],
    ['408', 'RequestTimeout', requestBody !== undefined],
    ['413', 'BodyTooLarge', takesJson],
    ['415', 'UnsupportedMediaType', takesJson],
    ['429', 'TooManyFailures', rule !== 'unchecked'],
    ['503', 'Unavailable', path !== '/healthz'],
    ['default', 'OtherProblem', true],
  ];
  for (const [status, name, isPossible] of possible) {
    if (isPossible) {
      operation.responses[status] ??= { $ref: `#/components/responses/${name}` };
    }
  }
}
