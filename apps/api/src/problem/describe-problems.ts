import { applyDecorators } from '@nestjs/common';
import { ApiResponse } from '@nestjs/swagger';

type ProblemStatus = 400 | 404 | 409 | 410 | 411 | 412 | 413;

/** Says in the OpenAPI document when a route answers with these problems, beyond what any route of its shape can. */
export const DescribeProblems = (
  reasons: Readonly<Partial<Record<ProblemStatus, string>>>,
): MethodDecorator =>
  applyDecorators(
    ...Object.entries(reasons).map(([status, description]) =>
      ApiResponse({ status: Number(status), description }),
    ),
  );
