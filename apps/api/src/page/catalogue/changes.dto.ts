import { VISIBILITIES, type Visibility } from '@imgsrv/catalog';
import { IsIn, MaxLength } from 'class-validator';
import { MayBeAbsent } from '../../http/may-be-absent.js';
import { IsAliasName, IsReason, IsVersionName } from '../../images/field-rules.js';

export class SetAliasForm {
  @IsAliasName()
  alias: string;

  @IsVersionName()
  version: string;
}

export class PromoteForm {
  @IsAliasName()
  from_alias: string;

  @IsAliasName()
  to_alias: string;
}

export class RemoveAliasForm {
  @IsAliasName()
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

export class VisibilityForm {
  @IsIn(VISIBILITIES)
  visibility: Visibility;
}
