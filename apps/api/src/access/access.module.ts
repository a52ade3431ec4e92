import { type DynamicModule, Module, type OnApplicationShutdown } from '@nestjs/common';
import { APP_GUARD, DiscoveryModule } from '@nestjs/core';
import { Authenticator, OidcAuthenticator } from '@imgsrv/auth';
import { Publishing } from '@imgsrv/catalog';
import { Database, type Logger } from '@imgsrv/platform';
import { LOGGER } from '../foundation.module.js';
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
          useFactory: (database: Database, logger: Logger, oidc: OidcAuthenticator) =>
            new Authenticator(database, logger, oidc),
          inject: [Database, LOGGER, OidcAuthenticator],
        },
        {
          provide: Publishing,
          useFactory: (database: Database) => new Publishing(database),
          inject: [Database],
        },
        BearerStrategy,
        DeclaredRoutes,
        AccessDeclarationsCheck,
        // In this order: who calls, then what of the catalogue they may touch.
        { provide: APP_GUARD, useClass: AccessGuard },
        { provide: APP_GUARD, useClass: ScopeGuard },
      ],
    };
  }

  constructor(private readonly authenticator: Authenticator) {}

  async onApplicationShutdown(): Promise<void> {
    await this.authenticator.settled();
  }
}
