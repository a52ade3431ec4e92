import {
  CONTENT_WRITER,
  type DraftRule,
  type Evaluation,
  LONGEST_CONDITION_BYTES,
  LONGEST_ISSUER_URL,
  type ProvisioningRule,
  type RoleId,
  RULE_ID,
  RULE_ROLES,
  type RuleWarning,
  type RuleWarningCode,
  type SavedRule,
} from '@imgsrv/auth';
import { ApiProperty } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsDefined,
  IsIn,
  IsObject,
  IsString,
  Length,
  Matches,
  MaxLength,
  ValidateNested,
} from 'class-validator';
import { MayBeAbsent } from '../http/may-be-absent.js';
import { IsDisplayName, IsStorable } from './field-rules.js';
import { IsImagePatterns, toImagePatterns, toImageScope } from './image-patterns.dto.js';

const MOST_FORWARDED_CLAIMS = 64;
const MOST_JWKS_ORIGINS = 8;
const EXAMPLE_CONDITION = 'claims.repository_id == "123456" && claims.ref == "refs/heads/main"';

export class ProvisioningRuleRequest {
  /**
   * A readable name such as `github-main-publisher`, unique, that the client chooses when it creates the rule, or the id
   * in the path when it replaces it. Absent: the rule gets a UUID.
   */
  @MayBeAbsent()
  @Matches(RULE_ID, {
    message:
      '$property must be 1 to 64 letters, digits, dots, hyphens or underscores, the first a letter or digit',
  })
  id?: string;

  /**
   * What people call it.
   * @example "release workflow"
   */
  @IsDisplayName()
  display_name: string;

  /**
   * Exactly what tokens have as `iss`: an absolute https URL.
   * @example "https://issuer.example"
   */
  @IsString()
  @Length(1, LONGEST_ISSUER_URL)
  issuer_url: string;

  /**
   * Must be among the `aud` of a token, whatever the condition says.
   * @example "https://images.example"
   */
  @Matches(/^[^\p{Cc}\p{Cs}]{1,255}$/u, {
    message: '$property must be 1 to 255 characters, without control characters',
  })
  audience: string;

  /**
   * The claims that the condition can see; none when absent.
   * @example ["repository_id", "ref"]
   */
  @MayBeAbsent()
  @IsArray()
  @ArrayMaxSize(MOST_FORWARDED_CLAIMS)
  @Matches(/^[^\p{Cc}\p{Cs}]{1,255}$/u, {
    each: true,
    message: 'each of $property must be 1 to 255 characters, without control characters',
  })
  forwarded_claims?: string[];

  /** A CEL expression that is true or false. */
  // Quotes do not survive in the example of a comment.
  @ApiProperty({ example: EXAMPLE_CONDITION })
  @Length(1, LONGEST_CONDITION_BYTES)
  @IsStorable()
  condition: string;

  /**
   * Other origins than that of `issuer_url` from which the keys (`jwks_uri`) may come; none when absent.
   * @example ["https://keys.example"]
   */
  @MayBeAbsent()
  @IsArray()
  @ArrayMaxSize(MOST_JWKS_ORIGINS)
  @MaxLength(LONGEST_ISSUER_URL, { each: true })
  jwks_origins?: string[];

  /** True when absent. */
  @MayBeAbsent()
  @IsBoolean()
  enabled?: boolean;

  /**
   * The images to which what the rule gives is limited: exact names, or beginnings such as `debian-*`. All when absent.
   * @example ["debian-*"]
   */
  @MayBeAbsent()
  @IsImagePatterns()
  image_patterns?: string[];

  /**
   * What the rule gives: content-writer, content-reader or both. Content-writer when absent.
   * @example ["content-writer"]
   */
  @MayBeAbsent()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayUnique()
  @IsIn(RULE_ROLES, { each: true })
  assign_role_ids?: RoleId[];
}

export class EvaluateRuleRequest {
  /** The draft; it is not saved, and whether it is enabled plays no part. */
  @IsDefined()
  @IsObject()
  @ValidateNested()
  @Type(() => ProvisioningRuleRequest)
  rule: ProvisioningRuleRequest;

  /**
   * Claims to try it on, `iss`, `sub` and `aud` among them. Either these or a token.
   * @example { "iss": "https://issuer.example", "sub": "pipeline", "aud": "https://images.example" }
   */
  @MayBeAbsent()
  @IsObject()
  claims?: Record<string, unknown>;

  /** A JWT to try it on; it is verified with the keys of the issuer. */
  @MayBeAbsent()
  @IsString()
  @MaxLength(1024 * 1024)
  token?: string;
}

export class RuleWarningResponse {
  code: RuleWarningCode;
  detail: string;
}

export class ProvisioningRuleResponse {
  id: string;
  display_name: string;
  issuer_url: string;
  audience: string;
  forwarded_claims: string[];
  condition: string;
  jwks_origins: string[];
  enabled: boolean;
  /** @example ["content-writer"] */
  assign_role_ids: string[];
  /** Absent when what the rule gives extends to all images. */
  image_patterns?: string[];
}

export class SavedProvisioningRuleResponse extends ProvisioningRuleResponse {
  /** Why the rule may be a mistake; it is saved all the same. */
  warnings: RuleWarningResponse[];
}

export class ProvisioningRuleListResponse {
  rules: ProvisioningRuleResponse[];
}

export class EvaluationResponse {
  matches: boolean;
  reason:
    'matched' | 'token-refused' | 'other-issuer' | 'other-audience' | 'condition-false' | 'condition-error';
  detail: string;
  warnings: RuleWarningResponse[];
}

export function toDraftRule(body: ProvisioningRuleRequest): DraftRule {
  return {
    displayName: body.display_name,
    issuerUrl: body.issuer_url,
    audience: body.audience,
    forwardedClaims: body.forwarded_claims ?? [],
    condition: body.condition,
    jwksOrigins: body.jwks_origins ?? [],
    enabled: body.enabled ?? true,
    roleIds: [...(body.assign_role_ids ?? [CONTENT_WRITER])].sort(),
    imageScope: toImageScope(body.image_patterns),
  };
}

export function toProvisioningRuleResponse(rule: ProvisioningRule): ProvisioningRuleResponse {
  return toFields(rule);
}

export function toSavedRuleResponse({ rule, warnings }: SavedRule): SavedProvisioningRuleResponse {
  return { ...toFields(rule), warnings: warnings.map(toWarningResponse) };
}

function toFields(rule: ProvisioningRule) {
  return {
    id: rule.id,
    display_name: rule.displayName,
    issuer_url: rule.issuerUrl,
    audience: rule.audience,
    forwarded_claims: [...rule.forwardedClaims],
    condition: rule.condition,
    jwks_origins: [...rule.jwksOrigins],
    enabled: rule.enabled,
    assign_role_ids: [...rule.roleIds],
    ...toImagePatterns(rule.imageScope),
  };
}

export function toEvaluationResponse(evaluation: Evaluation): EvaluationResponse {
  return {
    matches: evaluation.matches,
    reason: evaluation.reason,
    detail: evaluation.detail,
    warnings: evaluation.warnings.map(toWarningResponse),
  };
}

function toWarningResponse({ code, detail }: RuleWarning): RuleWarningResponse {
  return { code, detail };
}
