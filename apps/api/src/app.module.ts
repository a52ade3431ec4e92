import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER, APP_INTERCEPTOR, APP_PIPE, Reflector } from '@nestjs/core';
import type { Readiness } from '@imgsrv/platform';
import { RefusalRecorder } from '@imgsrv/audit';
import { AccessModule } from './access/access.module.js';
import { AuditModule } from './audit/audit.module.js';
import { AuthModule } from './auth/auth.module.js';
import { OidcModule } from './auth/oidc.module.js';
import { BlobsModule } from './blobs/blobs.module.js';
import { type Foundation, FoundationModule } from './foundation.module.js';
import { JsonBodyInterceptor } from './http/json-body.interceptor.js';
import { KnownQueryInterceptor } from './http/known-query.interceptor.js';
import { PathParametersInterceptor } from './http/path-parameters.interceptor.js';
import { createValidationPipe } from './http/validation.js';
import { ImagesModule } from './images/images.module.js';
import { MetricsModule } from './metrics/metrics.module.js';
import { OperationsModule } from './operations/operations.module.js';
import { PageModule } from './page/page.module.js';
import { ProblemFilter } from './problem/problem.filter.js';
import { PublishJobsModule } from './publish-jobs/publish-jobs.module.js';
import { StorageModule } from './storage/storage.module.js';
import { StreamsModule } from './streams/streams.module.js';
import { UploadsModule } from './uploads/uploads.module.js';

@Module({})
export class AppModule {
  static with(parts: Foundation, readiness: Readiness): DynamicModule {
    const foundation = FoundationModule.with(parts);
    const oidc = OidcModule.with(foundation);
    const access = AccessModule.with(foundation, oidc);
    const resources = [
      AuthModule.with(foundation, oidc),
      AuditModule.with(foundation),
      UploadsModule.with(foundation),
      BlobsModule.with(foundation),
      StorageModule.with(foundation),
      ImagesModule.with(foundation),
      PublishJobsModule.with(foundation),
    ];
    return {
      module: AppModule,
      imports: [
        MetricsModule,
        OperationsModule.with(readiness),
        access,
        ...resources,
        StreamsModule.with(foundation),
        PageModule.with(foundation, [access, oidc, ...resources]),
      ],
      providers: [
        {
          provide: APP_FILTER,
          useFactory: (refusals: RefusalRecorder) => new ProblemFilter(parts.logger, refusals),
          inject: [RefusalRecorder],
        },
        // In this order: what the path says, then the query, then the body.
        { provide: APP_INTERCEPTOR, useClass: PathParametersInterceptor },
        { provide: APP_INTERCEPTOR, useClass: KnownQueryInterceptor },
        {
          provide: APP_INTERCEPTOR,
          useFactory: (reflector: Reflector) =>
            new JsonBodyInterceptor(reflector, parts.config.slowClients.body),
          inject: [Reflector],
        },
        { provide: APP_PIPE, useFactory: createValidationPipe },
      ],
    };
  }
}
