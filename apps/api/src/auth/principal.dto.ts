import { type Principal, PRINCIPAL_KINDS, type PrincipalAttributes, type PrincipalKind } from '@imgsrv/auth';
import { IsBoolean, IsIn } from 'class-validator';
import { MayBeAbsent, MayBeUnchanged } from '../http/may-be-absent.js';
import { IsAttributes, IsDisplayName } from './field-rules.js';
import { IsImagePatterns, toImagePatterns, toReadPatterns } from './image-patterns.dto.js';

export class CreatePrincipalRequest {
  /** @example "service" */
  @IsIn(PRINCIPAL_KINDS)
  kind: 'user' | 'service';

  /**
   * What people call it; need not be unique.
   * @example "release pipeline"
   */
  @IsDisplayName()
  display_name: string;

  /**
   * Free data about it, kept as given; at most 16 KiB.
   * @example { "team": "images" }
   */
  @MayBeAbsent()
  @IsAttributes()
  attributes?: Record<string, unknown>;
}

export class UpdatePrincipalRequest {
  /** @example "release pipeline" */
  @MayBeUnchanged()
  @IsDisplayName()
  display_name?: string;

  /**
   * While true, none of its credentials work.
   * @example false
   */
  @MayBeUnchanged()
  @IsBoolean()
  disabled?: boolean;
}

export class AssignRoleRequest {
  /**
   * The images to which the role, content-reader or content-writer, is limited: exact names, or beginnings such as `debian-*`. All when
   * absent.
   * @example ["debian-*"]
   */
  @MayBeAbsent()
  @IsImagePatterns()
  image_patterns?: string[];
}

export class DerivedRoleResponse {
  /** @example "content-writer" */
  role_id: string;
  /** @example "github-main-publisher" */
  rule_id: string;
}

export class PrincipalResponse {
  id: string;
  kind: PrincipalKind;
  display_name: string;
  attributes?: PrincipalAttributes;
  /** @example ["content-writer"] */
  role_ids: string[];
  /** What its role content-writer is limited to; absent when it is for all images. */
  image_patterns?: string[];
  /** What its role content-reader is limited to; absent when it is for all images. */
  read_patterns?: string[];
  /** What provisioning rules give it, as long as they match its tokens; not among `role_ids`. */
  derived_roles: DerivedRoleResponse[];
  disabled: boolean;
}

export class PrincipalListResponse {
  principals: PrincipalResponse[];
}

export function toPrincipalResponse(principal: Principal): PrincipalResponse {
  return {
    id: principal.id,
    kind: principal.kind,
    display_name: principal.displayName,
    ...(principal.attributes === undefined ? {} : { attributes: principal.attributes }),
    role_ids: [...principal.roleIds],
    ...toImagePatterns(principal.imageScope),
    ...toReadPatterns(principal),
    derived_roles: principal.derivedRoles.map(({ roleId, ruleId }) => ({ role_id: roleId, rule_id: ruleId })),
    disabled: principal.disabled,
  };
}
