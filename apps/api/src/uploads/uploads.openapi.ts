import { applyDecorators } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiCreatedResponse, ApiHeader, ApiOkResponse } from '@nestjs/swagger';
import { UploadPartResponse, UploadSessionResponse } from './upload.dto.js';

export const DescribeUploadBegin = () =>
  applyDecorators(
    ApiCreatedResponse({ type: UploadSessionResponse, description: 'The upload was begun.' }),
    ApiOkResponse({
      type: UploadSessionResponse,
      description: 'The bytes are here already: the session is `ready`.',
    }),
  );

export const DescribePartBody = () =>
  applyDecorators(
    ApiConsumes('application/octet-stream'),
    ApiBody({ required: true, schema: { type: 'string', format: 'binary' } }),
    ApiHeader({ name: 'Content-Digest', required: false, description: 'RFC 9530; sha-256 is checked' }),
    ApiHeader({ name: 'Content-MD5', required: false, description: 'RFC 1864; checked' }),
    ApiOkResponse({ type: UploadPartResponse, description: 'The part is stored.' }),
  );
