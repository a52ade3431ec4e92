import { ValidateIf } from 'class-validator';

/** The member may be absent; `null` is not the same as absent and is checked like any other value. */
export const MayBeAbsent = (): PropertyDecorator =>
  ValidateIf((_dto: object, value: unknown) => value !== undefined);
