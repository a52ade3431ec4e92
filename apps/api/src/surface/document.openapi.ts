import { applyDecorators } from '@nestjs/common';
import { ApiHeader, ApiOkResponse, ApiResponse } from '@nestjs/swagger';
import type { Schema } from '../openapi/document-types.js';
import { textHeader } from '../openapi/text-header.js';

const VALIDATORS = {
  ETag: textHeader('Of this document in this encoding'),
  'Last-Modified': textHeader('When the catalogue changed'),
  'Cache-Control': textHeader('`public, max-age=60`; for a caller with a credential `private, no-cache`'),
  Vary: textHeader('`Accept-Encoding`'),
};

/** A route that answers with `sendDocument`. */
export const DescribeDocument = (mediaType: string, schema: Schema): MethodDecorator =>
  applyDecorators(
    ApiHeader({ name: 'If-None-Match', required: false, description: '304 when the caller has it' }),
    ApiOkResponse({
      description: 'The document; gzip-compressed when the caller takes that',
      content: { [mediaType]: { schema } },
      headers: VALIDATORS,
    }),
    ApiResponse({ status: 304, description: 'The caller has this document', headers: VALIDATORS }),
    ApiResponse({ status: 412, description: 'A condition of the request does not hold' }),
  );
