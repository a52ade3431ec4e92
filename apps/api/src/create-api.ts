import type { RequestListener } from 'node:http';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Authenticator } from '@imgsrv/auth';
import { type ObjectStore, openObjectStore, UnconfiguredObjectStore } from '@imgsrv/cas';
import {
  type Config,
  type ConnectionObserver,
  Database,
  exactExpress,
  FigureGauges,
  type Logger,
  NestLogger,
  Readiness,
  Scrape,
} from '@imgsrv/platform';
import { AudienceStreams, readStoredFigures } from '@imgsrv/streams';
import type { NextFunction, Request, Response } from 'express';
import { MIGRATIONS } from '../../../migrations/index.js';
import { DeclaredRoutes } from './access/declared-routes.js';
import { takeReadLinks } from './access/read-link.js';
import { AppModule } from './app.module.js';
import { BlobAnswers } from './blobs/blob-answers.js';
import { serveBlobs } from './blobs/serve-blobs.js';
import { RouteNotFoundError } from './http/http.errors.js';
import { linkBelow } from './http/links.js';
import { makePathReadable } from './http/readable-path.js';
import { AuthenticationMetrics } from './metrics/authentication-metrics.js';
import { HttpMetrics } from './metrics/http-metrics.js';
import { LimitMetrics } from './metrics/limit-metrics.js';
import { serveOpenApi } from './openapi/serve-openapi.js';
import { requireConfigured } from './operations/require-configured.js';
import type { TrustsProxy } from './server/client-address.js';
import { allowCrossOriginReads } from './server/cross-origin.js';
import { failureOf, framed } from './server/frame.js';
import { createRequestContext } from './server/request-context.js';
import { limitRequests } from './server/request-shares.js';
import { cutStalledAnswers } from './server/stalled-answers.js';
import { serveDocuments } from './streams/serve-documents.js';
import { traceRequest } from './server/trace-request.js';

/** The api before it listens. */
export interface Api {
  readonly app: NestExpressApplication;
  readonly listener: RequestListener;
  readonly database: Database;
  readonly readiness: Readiness;
  /** Counts the connections of the listener. */
  readonly connections: ConnectionObserver;
  /** Counts an answer that was given before the listener saw a request, by its status. */
  readonly countRefused: (status: number) => void;
  /** Brings the metrics up to date. */
  readonly scrape: Scrape;
  close(): Promise<void>;
}

/** No request has to wait longer for one statement: then it is 503, and the client tries again. */
const STATEMENT_TIMEOUT_MS = 5000;

/** Builds the api on its dependencies. They need not be there yet: connecting happens in the background. */
export async function createApi(config: Config, logger: Logger): Promise<Api> {
  const database = new Database({
    ...(config.postgresUrl === undefined ? {} : { url: config.postgresUrl }),
    applicationName: 'imgsrv-api',
    entities: [],
    migrations: MIGRATIONS,
    logger,
    statementTimeoutMs: STATEMENT_TIMEOUT_MS,
    ...(config.grants === undefined ? {} : { grants: config.grants }),
  });
  const configuredStore = openObjectStore(config, logger);
  const store = configuredStore ?? new UnconfiguredObjectStore();
  const readiness = new Readiness(
    [
      { name: 'postgres', neededFor: 'serving', check: () => database.check() },
      { name: 'object store', neededFor: 'start', check: () => store.check() },
    ],
    logger,
  );
  const app = await NestFactory.create<NestExpressApplication>(
    AppModule.with({ config, logger, database, store }, readiness),
    exactExpress(),
    { logger: new NestLogger(logger), bodyParser: false, abortOnError: false },
  );
  const limitMetrics = app.get(LimitMetrics);
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  linkBelow(app, config.publicUrl);
  app.set('trust proxy', [...config.trustedProxies]);
  app.use(answerFailures);
  app.use(makePathReadable);
  app.use(refuseTrailingSlash);
  serveOpenApi(app, config);
  await app.init();
  const express = app.getHttpAdapter().getInstance();
  const steps = [
    ...(config.isTraced ? [traceRequest] : []),
    createRequestContext(logger, express.get('trust proxy fn') as TrustsProxy),
    app.get(HttpMetrics).measure,
    allowCrossOriginReads(app.get(DeclaredRoutes, { strict: false })),
    limitRequests(config.shares.connectionsPerSource, limitMetrics),
    cutStalledAnswers(config.slowClients.answerStallMs),
    requireConfigured(missingDependency(config, configuredStore !== undefined)),
    serveDocuments(app.get(AudienceStreams, { strict: false })),
    serveBlobs({
      authenticator: app.get(Authenticator, { strict: false }),
      metrics: app.get(AuthenticationMetrics, { strict: false }),
      blobs: app.get(BlobAnswers, { strict: false }),
    }),
  ];
  return {
    app,
    listener: takeReadLinks(framed(steps, express)),
    database,
    readiness,
    connections: limitMetrics.connections,
    countRefused: app.get(HttpMetrics).refused,
    scrape: new Scrape({
      gauges: app.get(FigureGauges),
      database,
      readiness,
      readDatabase: readStoredFigures,
      readApp: () => [
        { figure: 'held_limit', labels: { kind: 'open_uploads' }, value: config.maxOpenUploads },
        { figure: 'held_limit', labels: { kind: 'drafts' }, value: config.maxDrafts },
      ],
    }),
    close: () => closeAll(app, database, store, readiness),
  };
}

/** What a step before the framework gave up is answered as if a route had thrown it. */
function answerFailures(request: Request, _response: Response, next: NextFunction): void {
  next(failureOf(request)?.thrown);
}

/** Besides `/` nothing is served under a path that ends with a slash, whatever would be: also what no controller serves. */
function refuseTrailingSlash(request: Request, _response: Response, next: NextFunction): void {
  if (request.path.endsWith('/') && request.path !== '/') {
    throw new RouteNotFoundError();
  }
  next();
}

function missingDependency(config: Config, hasStore: boolean): 'postgres' | 'object-store' | undefined {
  if (config.postgresUrl === undefined) {
    return 'postgres';
  }
  return hasStore ? undefined : 'object-store';
}

async function closeAll(
  app: NestExpressApplication,
  database: Database,
  store: ObjectStore,
  readiness: Readiness,
): Promise<void> {
  readiness.close();
  await app.close();
  await database.close();
  await store.close();
}
