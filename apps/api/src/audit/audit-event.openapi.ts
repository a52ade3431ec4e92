import { applyDecorators } from '@nestjs/common';
import { ApiExtraModels, ApiOkResponse, getSchemaPath } from '@nestjs/swagger';
import { textHeader } from '../openapi/text-header.js';
import { AuditEventListResponse } from './audit-event.dto.js';
import { LINES } from './audit-export.js';

/** A route that answers with a page of events, or with all of them as lines. */
export const DescribeEvents = (): MethodDecorator =>
  applyDecorators(
    ApiExtraModels(AuditEventListResponse),
    ApiOkResponse({
      description: `A page of events; with \`Accept: ${LINES}\` all of them, one a line, and \`limit\` and \`cursor\` are refused`,
      headers: { Vary: textHeader('`Accept`') },
      content: {
        'application/json': { schema: { $ref: getSchemaPath(AuditEventListResponse) } },
        [LINES]: { schema: { type: 'string' } },
      },
    }),
  );
