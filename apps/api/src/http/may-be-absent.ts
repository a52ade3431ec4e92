import { applyDecorators } from '@nestjs/common';
import { Transform } from 'class-transformer';
import { ValidateIf } from 'class-validator';

/** Marks the rule of a member for which `null` may be sent, for the OpenAPI document. */
export const NULL_IS_ABSENT = Symbol('null is absent');

/** The member may be absent, which is also what `null` says: many clients cannot leave a member out. */
export const MayBeAbsent = (): PropertyDecorator =>
  applyDecorators(
    Transform(({ value }: { value: unknown }) => value ?? undefined),
    ValidateIf((_dto: object, value: unknown) => value !== undefined, { context: NULL_IS_ABSENT }),
  );

/** The member of a change may be absent and stays as it is then; `null` is checked like any other value. */
export const MayBeUnchanged = (): PropertyDecorator =>
  ValidateIf((_dto: object, value: unknown) => value !== undefined);
