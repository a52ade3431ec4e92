import { type DynamicModule, Module } from '@nestjs/common';
import { AuditTrail } from '@imgsrv/audit';
import {
  createOidc,
  type Oidc,
  OidcAuthenticator,
  ProvisioningRules,
  RuleEvaluation,
  RuleReconciliation,
} from '@imgsrv/auth';
import { type Config, Database, type Logger } from '@imgsrv/platform';
import { CONFIG, LOGGER } from '../foundation.module.js';

const OIDC = Symbol('OIDC');

/** OpenID Connect. Made once a process, so that all of it shares what is known of the issuers. */
@Module({})
export class OidcModule {
  static with(foundation: DynamicModule): DynamicModule {
    return {
      module: OidcModule,
      imports: [foundation],
      providers: [
        { provide: OIDC, useFactory: create, inject: [Database, LOGGER, CONFIG, AuditTrail] },
        { provide: OidcAuthenticator, useFactory: (oidc: Oidc) => oidc.authenticator, inject: [OIDC] },
        { provide: ProvisioningRules, useFactory: (oidc: Oidc) => oidc.rules, inject: [OIDC] },
        { provide: RuleEvaluation, useFactory: (oidc: Oidc) => oidc.evaluation, inject: [OIDC] },
        { provide: RuleReconciliation, useFactory: (oidc: Oidc) => oidc.reconciliation, inject: [OIDC] },
      ],
      exports: [OidcAuthenticator, ProvisioningRules, RuleEvaluation, RuleReconciliation],
    };
  }
}

function create(database: Database, logger: Logger, { oidc }: Config, changes: AuditTrail): Oidc {
  const options = {
    fetch: {
      privateHosts: oidc.privateHosts,
      httpHosts: oidc.httpHosts,
      ...(oidc.extraCertificates === undefined ? {} : { extraCertificates: oidc.extraCertificates }),
    },
    keys: { maxAgeMs: oidc.keysMaxAgeMs, maxStaleMs: oidc.keysMaxStaleMs },
  };
  return createOidc(database, logger, options, changes);
}
