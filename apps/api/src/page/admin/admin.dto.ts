import { AUDIT_OUTCOMES } from '@imgsrv/audit';
import { IMAGE_PATTERN, PRINCIPAL_KINDS, ROLES } from '@imgsrv/auth';
import { UUID_PATTERN } from '@imgsrv/platform';
import { applyDecorators } from '@nestjs/common';
import { Transform } from 'class-transformer';
import { IsIn, IsString, Matches, MaxLength } from 'class-validator';
import { IsDisplayName, IsLabel } from '../../auth/field-rules.js';
import { MayBeAbsent } from '../../http/may-be-absent.js';

const ROLE_IDS = ROLES.map(({ id }) => id);
const ONE_PATTERN = IMAGE_PATTERN.source.slice(1, -1);
const SOME_PATTERNS = new RegExp(`^\\s*${ONE_PATTERN}(?:\\s+${ONE_PATTERN}){0,63}\\s*$`);

export class CreatePrincipalForm {
  @IsIn(PRINCIPAL_KINDS)
  kind: 'user' | 'service';

  @IsDisplayName()
  display_name: string;
}

export class PrincipalStateForm {
  @IsIn(['true', 'false'])
  disabled: 'true' | 'false';
}

export class RoleForm {
  @IsIn(ROLE_IDS)
  role: string;

  /** Of content-writers: the images that the role is for, in words; all when it is absent. */
  @MayBeAbsent()
  @MaxLength(64 * 129)
  @Matches(SOME_PATTERNS, {
    message: '$property lists image names, or beginnings of them that end with -*, .* or _*',
  })
  images?: string;
}

export class RemoveRoleForm {
  @IsIn(ROLE_IDS)
  role: string;
}

export class IssueTokenForm {
  @MayBeAbsent()
  @IsLabel()
  name?: string;

  @Matches(/^[1-9]\d{0,3}$/, { message: '$property must be a number of days' })
  days: string;
}

export class RevokeTokenForm {
  @Matches(UUID_PATTERN, { message: '$property must be an id' })
  token_id: string;
}

/** A field of a form that was left empty, which browsers send all the same. */
const MayBeEmpty = (): PropertyDecorator =>
  applyDecorators(
    Transform(({ value }: { value: unknown }) => (value === '' ? undefined : value)),
    MayBeAbsent(),
  );

export class AuditQuery {
  @MayBeEmpty()
  @Matches(/^[a-z_]+(\.[a-z_]+)?$/, { message: '$property must be an action such as alias.move' })
  action?: string;

  @MayBeEmpty()
  @MaxLength(1024)
  @Matches(/^[\x21-\x7e]+$/, { message: '$property must be a path below /v1/ such as images/debian' })
  resource?: string;

  @MayBeEmpty()
  @Matches(UUID_PATTERN, { message: '$property must be an id' })
  principal?: string;

  @MayBeEmpty()
  @IsIn(AUDIT_OUTCOMES)
  outcome?: 'success' | 'denied';

  @MayBeEmpty()
  @IsString()
  @MaxLength(1024)
  cursor?: string;
}
