import { type ValidationError, ValidationPipe } from '@nestjs/common';
import { InvalidRequestError, type RequestFault } from './http.errors.js';
import { toPointer } from './json-pointer.js';

/** Checks DTOs: unknown members and wrong types are refused, each named by its JSON pointer. */
export function createValidationPipe(): ValidationPipe {
  return new ValidationPipe({
    transform: true,
    whitelist: true,
    forbidNonWhitelisted: true,
    stopAtFirstError: true,
    validationError: { target: false, value: false },
    exceptionFactory: (errors) => {
      const [first, ...more] = errors.flatMap((error) => collect(error, ''));
      return first === undefined
        ? new InvalidRequestError('The request is not valid.')
        : InvalidRequestError.of(first, ...more);
    },
  });
}

function collect(error: ValidationError, prefix: string): RequestFault[] {
  const pointer = toPointer(error.property, prefix);
  const own = Object.values(error.constraints ?? {}).map((detail) => ({ pointer, detail }));
  return [...own, ...(error.children ?? []).flatMap((child) => collect(child, pointer))];
}
