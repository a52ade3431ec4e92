import { type DynamicModule, Module } from '@nestjs/common';
import { AuditTrail } from '@imgsrv/audit';
import { ApiTokens, Principals, ReadLinks } from '@imgsrv/auth';
import { Quotas } from '@imgsrv/cas';
import { type Config, Database } from '@imgsrv/platform';
import { CONFIG } from '../foundation.module.js';
import { defaultQuota } from '../uploads/default-quota.js';
import { ApiTokensController } from './api-tokens.controller.js';
import { PrincipalsController } from './principals.controller.js';
import { ProvisioningRulesController } from './provisioning-rules.controller.js';
import { QuotaController } from './quota.controller.js';
import { ReadLinksController } from './read-links.controller.js';
import { RuleReconciliationController } from './rule-reconciliation.controller.js';
import { RolesController } from './roles.controller.js';
import { WhoamiController } from './whoami.controller.js';

@Module({})
export class AuthModule {
  static with(foundation: DynamicModule, oidc: DynamicModule): DynamicModule {
    return {
      module: AuthModule,
      imports: [foundation, oidc],
      controllers: [
        RolesController,
        PrincipalsController,
        QuotaController,
        ApiTokensController,
        ReadLinksController,
        ProvisioningRulesController,
        RuleReconciliationController,
        WhoamiController,
      ],
      providers: [
        {
          provide: Principals,
          useFactory: (database: Database, changes: AuditTrail) => new Principals(database, changes),
          inject: [Database, AuditTrail],
        },
        {
          provide: ApiTokens,
          useFactory: (database: Database, changes: AuditTrail, config: Config) =>
            new ApiTokens(database, changes, config.maxTokenLifetimeMs),
          inject: [Database, AuditTrail, CONFIG],
        },
        {
          provide: ReadLinks,
          useFactory: (database: Database, changes: AuditTrail, config: Config) =>
            new ReadLinks(database, changes, config.maxTokenLifetimeMs),
          inject: [Database, AuditTrail, CONFIG],
        },
        {
          provide: Quotas,
          useFactory: (database: Database, changes: AuditTrail, config: Config) =>
            new Quotas(database, changes, defaultQuota(config)),
          inject: [Database, AuditTrail, CONFIG],
        },
      ],
      exports: [ApiTokens, Principals],
    };
  }
}
