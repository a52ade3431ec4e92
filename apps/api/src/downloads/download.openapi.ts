import { applyDecorators } from '@nestjs/common';
import { ApiHeader, ApiOkResponse, ApiResponse } from '@nestjs/swagger';
import { textHeader } from '../openapi/text-header.js';

const VALIDATORS = {
  ETag: textHeader('`"sha256:<hex>"`, strong'),
  'Last-Modified': textHeader('When the bytes were verified'),
  'Cache-Control': textHeader('The bytes of a digest never change'),
};
const REPRESENTATION = {
  ...VALIDATORS,
  'Accept-Ranges': textHeader('`bytes`'),
  'Content-Disposition': textHeader('The name of the file'),
  'Repr-Digest': textHeader('`sha-256` of the whole file (RFC 9530)'),
};

/** A route that answers with the bytes of a blob; `mediaType` when it is always the same. */
export const DescribeDownload = (mediaType = '*/*'): MethodDecorator => {
  const content = { [mediaType]: { schema: { type: 'string', format: 'binary' } } };
  return applyDecorators(
    ApiHeader({
      name: 'Range',
      required: false,
      description: 'One range of bytes; several are answered with all of them',
      example: 'bytes=0-1023',
    }),
    ApiHeader({ name: 'If-Range', required: false, description: 'Honour the range only for this version' }),
    ApiHeader({ name: 'If-None-Match', required: false, description: '304 when the caller has it' }),
    ApiOkResponse({ description: 'The bytes', content, headers: REPRESENTATION }),
    ApiResponse({
      status: 206,
      description: 'The range that was asked for',
      content,
      headers: { ...REPRESENTATION, 'Content-Range': textHeader('Which bytes of how many') },
    }),
    ApiResponse({ status: 304, description: 'The caller has these bytes', headers: VALIDATORS }),
    ApiResponse({ status: 412, description: 'A condition of the request does not hold' }),
    ApiResponse({
      status: 416,
      description: 'The range lies outside the bytes',
      headers: { 'Content-Range': textHeader('`bytes */<size>`') },
    }),
  );
};
