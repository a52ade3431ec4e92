import { ALIAS_NAME } from '@imgsrv/catalog';
import { Matches, MaxLength } from 'class-validator';
import { MayBeAbsent } from '../../http/may-be-absent.js';
import { IsReason, IsVersionName } from '../../images/field-rules.js';

export class SetAliasForm {
  @Matches(ALIAS_NAME.pattern, { message: `$property: ${ALIAS_NAME.refusal}` })
  alias: string;

  @IsVersionName()
  version: string;
}

export class RemoveAliasForm {
  @Matches(ALIAS_NAME.pattern, { message: `$property: ${ALIAS_NAME.refusal}` })
  alias: string;

  /** The entity tag of the alias as the page showed it. */
  @MaxLength(200)
  expected: string;
}

export class WithdrawForm {
  @IsReason()
  reason: string;

  @MayBeAbsent()
  @IsVersionName()
  move_aliases_to?: string;
}
