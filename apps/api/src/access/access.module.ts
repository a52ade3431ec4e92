import { type DynamicModule, Module, type OnApplicationShutdown } from '@nestjs/common';
import { APP_GUARD, DiscoveryModule } from '@nestjs/core';
import { AuditTrail, RefusalRecorder } from '@imgsrv/audit';
import { Authenticator, FailureLimits, OidcAuthenticator } from '@imgsrv/auth';
import { Publishing } from '@imgsrv/catalog';
import { type Config, Database, type Logger } from '@imgsrv/platform';
import { CONFIG, LOGGER } from '../foundation.module.js';
import { MetricsModule } from '../metrics/metrics.module.js';
import { AccessDeclarationsCheck } from './access-declarations.check.js';
import { AccessGuard } from './access.guard.js';
import { BearerStrategy } from './bearer.strategy.js';
import { DeclaredRoutes } from './declared-routes.js';
import { ScopeGuard } from './scope.guard.js';

/** Who may call what: guards in front of every route, and a check at the start that every route has a rule. */
@Module({})
export class AccessModule implements OnApplicationShutdown {
  static with(foundation: DynamicModule, oidc: DynamicModule): DynamicModule {
    return {
      module: AccessModule,
      imports: [foundation, oidc, DiscoveryModule, MetricsModule],
      providers: [
        {
          provide: Authenticator,
          useFactory: (database: Database, logger: Logger, oidc: OidcAuthenticator, config: Config) =>
            new Authenticator(database, logger, oidc, new FailureLimits(config.failedAuthLimit)),
          inject: [Database, LOGGER, OidcAuthenticator, CONFIG],
        },
        {
          provide: Publishing,
          useFactory: (database: Database, changes: AuditTrail) => new Publishing(database, changes),
          inject: [Database, AuditTrail],
        },
        {
          provide: RefusalRecorder,
          useFactory: (database: Database, logger: Logger) => new RefusalRecorder(database, logger),
          inject: [Database, LOGGER],
        },
        BearerStrategy,
        DeclaredRoutes,
        AccessDeclarationsCheck,
        // In this order: who calls, then what of the catalogue they may touch.
        { provide: APP_GUARD, useClass: AccessGuard },
        { provide: APP_GUARD, useClass: ScopeGuard },
      ],
      exports: [Authenticator, RefusalRecorder],
    };
  }

  constructor(
    private readonly authenticator: Authenticator,
    private readonly refusals: RefusalRecorder,
  ) {}

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([this.authenticator.settled(), this.refusals.settled()]);
  }
}
