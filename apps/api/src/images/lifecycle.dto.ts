import { MayBeAbsent } from '../http/may-be-absent.js';
import { IsReason, IsVersionName } from './field-rules.js';

export class DeprecateVersionRequest {
  /** @example "Its kernel has a known weakness." */
  @IsReason()
  reason: string;

  /**
   * A published version of the image to use instead.
   * @example "13.2"
   */
  @MayBeAbsent()
  @IsVersionName()
  successor?: string;
}

export class WithdrawVersionRequest {
  /**
   * Everybody who asks for the version reads it.
   * @example "It contained a private key."
   */
  @IsReason()
  reason: string;

  /**
   * A published version of the image; the aliases of the withdrawn one name it from then on.
   * @example "13.2"
   */
  @MayBeAbsent()
  @IsVersionName()
  move_aliases_to?: string;
}
