import { RULE_ID } from '@imgsrv/auth';
import { Transform } from 'class-transformer';
import { IsString, Matches, MaxLength } from 'class-validator';
import { ProvisioningRuleRequest } from '../../auth/provisioning-rule.dto.js';
import { MayBeAbsent } from '../../http/may-be-absent.js';

const LARGEST_SAMPLE = 32 * 1024;

const Lines = (): PropertyDecorator => Transform(({ value }: { value: unknown }) => piecesOf(value, /\n/));
const Words = (): PropertyDecorator => Transform(({ value }: { value: unknown }) => piecesOf(value, /\s+/));
const YesOrNo = (): PropertyDecorator =>
  Transform(({ value }: { value: unknown }) => (value === 'yes' ? true : value === 'no' ? false : value));

/** A rule as the form has it, which is held to what the API holds one to; and what to try it on. */
export class RuleForm extends ProvisioningRuleRequest {
  @Lines()
  override forwarded_claims?: string[];

  @Words()
  override jwks_origins?: string[];

  @Words()
  override image_patterns?: string[];

  @YesOrNo()
  override enabled?: boolean;

  /** Of the rule that is being changed; absent for a new one. */
  @MayBeAbsent()
  @Matches(RULE_ID, { message: '$property must be the id of a rule' })
  rule_id?: string;

  /** A JSON object. */
  @MayBeAbsent()
  @IsString()
  @MaxLength(LARGEST_SAMPLE)
  claims?: string;

  @MayBeAbsent()
  @IsString()
  @MaxLength(LARGEST_SAMPLE)
  token?: string;
}

function piecesOf(value: unknown, separator: RegExp): unknown {
  if (typeof value !== 'string') {
    return value;
  }
  return value
    .split(separator)
    .map((piece) => piece.trim())
    .filter((piece) => piece !== '');
}
