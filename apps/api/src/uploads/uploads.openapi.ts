import { applyDecorators } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiCreatedResponse, ApiHeader, ApiOkResponse } from '@nestjs/swagger';
import { textHeader } from '../openapi/text-header.js';
import { DescribeProblems } from '../problem/describe-problems.js';
import { UploadedBlobResponse, UploadPartResponse, UploadSessionResponse } from './upload.dto.js';

export const DescribeUploadBegin = () =>
  applyDecorators(
    ApiCreatedResponse({ type: UploadSessionResponse, description: 'The upload was begun.' }),
    ApiOkResponse({
      type: UploadSessionResponse,
      description: 'The bytes are here already: the session is `ready`.',
      headers: { Location: textHeader('Path of the upload') },
    }),
    DescribeProblems({
      409: 'You have as many uploads open as you may have; `used` and `allowed` tell',
      412: 'The digest is verified with another size',
      413: 'The body, or the upload that it announces, is too large; or you would store more than you may: `used` and `allowed` tell',
    }),
  );

export const DescribePartBody = () =>
  applyDecorators(
    ApiConsumes('application/octet-stream'),
    ApiBody({ required: true, schema: { type: 'string', format: 'binary' } }),
    ApiHeader({ name: 'Content-Digest', required: false, description: 'RFC 9530; sha-256 is checked' }),
    ApiHeader({ name: 'Content-MD5', required: false, description: 'RFC 1864; checked' }),
    ApiOkResponse({ type: UploadPartResponse, description: 'The part is stored.' }),
    DescribeProblems({
      400: 'The path is not valid, the body ended early, or it has not the digest that came with it',
      411: 'There is neither a Content-Length nor a chunked body, or the object store needs the length of a part so large',
      412: 'The upload is over',
      413: 'The part is larger than 5 GiB, or than what the other parts leave of the announced size',
    }),
  );

export const DescribeWholeBody = () =>
  applyDecorators(
    ApiConsumes('application/octet-stream'),
    ApiBody({ required: true, schema: { type: 'string', format: 'binary' } }),
    ApiCreatedResponse({ type: UploadedBlobResponse, description: 'The bytes are verified.' }),
    ApiOkResponse({
      type: UploadedBlobResponse,
      description: 'The bytes are here already; none was read.',
      headers: { Location: textHeader('Path of the blob') },
    }),
    DescribeProblems({
      400: 'The path is not valid, the body is shorter or longer than announced, or has another digest',
      409: 'You have as many uploads open as you may have; `used` and `allowed` tell',
      411: 'There is no Content-Length',
      412: 'The digest is verified with another size, or the upload was aborted meanwhile',
      413: 'More is announced than may come in one request; or you would store more than you may: `used` and `allowed` tell',
    }),
  );
