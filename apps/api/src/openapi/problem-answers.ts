import type { Response, Schema } from './document-types.js';
import { textHeader } from './text-header.js';

/** The problem document of RFC 9457, as every error has it. */
export const PROBLEM_SCHEMA: Schema = {
  type: 'object',
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
        type: 'object',
        required: ['pointer', 'detail'],
        properties: {
          pointer: { type: 'string', description: 'Where in the body (RFC 6901), or the parameter' },
          detail: { type: 'string' },
        },
      },
    },
    current_state: { type: 'string', description: 'The state that forbids it' },
    reason: { type: 'string', description: 'Why the version was withdrawn' },
    withdrawn_at: { type: 'string', format: 'date-time', description: 'When the version was withdrawn' },
    restorable_until: {
      type: 'string',
      format: 'date-time',
      description: 'Until when the version could be restored',
    },
    versions: {
      type: 'object',
      description: 'How many versions of the image there are, by state',
      additionalProperties: { type: 'integer' },
    },
    pointer: {
      type: 'string',
      description: 'Where the release is not what the version has (RFC 6901)',
    },
    rule_ids: {
      type: 'array',
      description: 'The provisioning rules that give the role',
      items: { type: 'string' },
    },
    taken_by: { type: 'string', description: 'What has the name: a version, an alias or a variant' },
    taken_by_version: { type: 'string', description: 'The version whose variant has the name' },
    aliases: {
      type: 'array',
      description: 'The aliases that name the version',
      items: { type: 'string' },
    },
    used: { type: 'integer', description: 'How much of what is limited is used' },
    allowed: { type: 'integer', description: 'How much of it may be used' },
    missing_digests: {
      type: 'array',
      description: 'What was declared and is not verified with the declared size',
      items: { type: 'string' },
    },
  },
};

export const PROBLEM_CONTENT: NonNullable<Response['content']> = {
  'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
};

const CHALLENGE = { 'WWW-Authenticate': { ...textHeader('`Bearer` (RFC 6750)'), required: true } };

const RETRY_AFTER = {
  'Retry-After': { description: 'Seconds', schema: { type: 'integer' as const }, required: true },
};

/** The problems that have nothing to do with what a route is about. */
export const COMMON_PROBLEMS = {
  InvalidRequest: { description: 'The path, the query or the body is not valid', headers: {} },
  Unauthenticated: { description: 'The credential is missing or not valid', headers: CHALLENGE },
  Forbidden: { description: 'The caller may not do this', headers: CHALLENGE },
  NotFound: { description: 'There is no such thing, or the caller may not see it', headers: {} },
  RequestTimeout: { description: 'The body came too slowly', headers: {} },
  BodyTooLarge: { description: 'The body is larger than 1 MiB', headers: {} },
  UnsupportedMediaType: { description: 'The body is not `application/json`', headers: {} },
  TooManyFailures: {
    description:
      'Too many authentications failed from this source, or with this token id; or the source or the caller has too much under way',
    headers: RETRY_AFTER,
  },
  Unavailable: {
    description:
      'The database, the object store or the bytes in it are not available, or too many downloads or parts are under way',
    headers: RETRY_AFTER,
  },
  OtherProblem: { description: 'Another problem', headers: {} },
} as const;

export type CommonProblem = keyof typeof COMMON_PROBLEMS;
