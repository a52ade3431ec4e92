import type { ChangeRecorder, Database, Logger } from '@imgsrv/platform';
import { IssuerDocuments } from './issuer/issuer-documents.js';
import { createIssuerFetch, type IssuerFetchOptions } from './issuer/issuer-fetch.js';
import { IssuerKeys, type KeyCacheOptions } from './issuer/issuer-keys.js';
import { OidcAuthenticator } from './oidc-authenticator.js';
import { RuleEvaluation } from './rules/evaluate-rule.js';
import { ProvisioningRules } from './rules/provisioning-rules.js';
import { RuleReconciliation } from './rules/reconciliation.js';

export interface OidcOptions {
  readonly fetch: IssuerFetchOptions;
  readonly keys: KeyCacheOptions;
}

/** All that has to do with OpenID Connect, on one way to the issuers. */
export interface Oidc {
  readonly authenticator: OidcAuthenticator;
  readonly rules: ProvisioningRules;
  readonly evaluation: RuleEvaluation;
  readonly reconciliation: RuleReconciliation;
}

export function createOidc(
  database: Database,
  logger: Logger,
  options: OidcOptions,
  changes: ChangeRecorder,
): Oidc {
  const documents = new IssuerDocuments(createIssuerFetch(options.fetch));
  const keys = new IssuerKeys((issuer, origins) => documents.keys(issuer, origins), options.keys);
  const rules = new ProvisioningRules(database, documents, options.fetch, changes);
  return {
    authenticator: new OidcAuthenticator(database, keys, logger, changes),
    rules,
    evaluation: new RuleEvaluation(rules, documents),
    reconciliation: new RuleReconciliation(database, changes),
  };
}
