import { ImgsrvError } from '@imgsrv/platform';

/** Every code that OpenID Connect raises on purpose, for exhaustive tables. */
export type OidcErrorCode =
  | NoMatchingRuleError['code']
  | ProvisioningRuleNotFoundError['code']
  | ProvisioningRuleExistsError['code']
  | InvalidConditionError['code']
  | InvalidIssuerError['code']
  | IssuerUnreachableError['code']
  | IssuerMismatchError['code'];

/** The token is genuine and meant for this service, and no enabled rule lets it in. Nothing was stored. */
export class NoMatchingRuleError extends ImgsrvError {
  readonly code = 'no-matching-rule';

  constructor(
    /** Whose token it is, as its issuer vouches for. */
    readonly presented: {
      readonly issuer: string;
      readonly subject: string;
      readonly credentialId: string;
    },
  ) {
    super('No provisioning rule matches this token.');
  }
}

export class ProvisioningRuleNotFoundError extends ImgsrvError {
  readonly code = 'provisioning-rule-not-found';

  constructor() {
    super('There is no provisioning rule with this id.');
  }
}

export class ProvisioningRuleExistsError extends ImgsrvError {
  readonly code = 'provisioning-rule-exists';

  constructor() {
    super('There is a provisioning rule with this id already.');
  }
}

/** The condition is no CEL expression that may be evaluated for every request. The message says what is wrong. */
export class InvalidConditionError extends ImgsrvError {
  readonly code = 'invalid-condition';

  constructor(reason: string, options?: { cause?: unknown }) {
    super(`The condition ${reason}.`, options);
  }
}

/** The issuer cannot be used as it is written: not a URL, not https, or on a host that is not allowed. */
export class InvalidIssuerError extends ImgsrvError {
  readonly code = 'invalid-issuer';

  constructor(reason: string) {
    super(`The issuer ${reason}.`);
  }
}

/**
 * The discovery document or the keys of the issuer could not be read. The message is always the same, as rules must not
 * become a way to find out what answers inside of our network; the cause is for the log.
 */
export class IssuerUnreachableError extends ImgsrvError {
  readonly code = 'issuer-unreachable';

  constructor(reason: string, options?: ErrorOptions) {
    super(
      'The issuer could not be read: its discovery document and its keys must be served at public addresses, over https ' +
        'and within the limits. The log of the service says more, under the id of this request.',
      { cause: new Error(reason, options) },
    );
  }
}

/** The discovery document belongs to another issuer, or sends elsewhere for its keys. */
export class IssuerMismatchError extends ImgsrvError {
  readonly code = 'issuer-mismatch';
}
