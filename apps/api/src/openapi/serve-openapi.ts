import type { NestExpressApplication } from '@nestjs/platform-express';
import { type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import type { Config } from '@imgsrv/platform';
import type { NextFunction, Request, Response } from 'express';
import { DeclaredRoutes } from '../access/declared-routes.js';
import { apiDescription } from './api-description.js';
import { describeAnswers } from './describe-answers.js';
import { describeExamples } from './describe-examples.js';
import { describeRequests } from './describe-requests.js';
import { describeRules } from './describe-rules.js';
import { describeValues } from './describe-values.js';

/** The document that is generated from the controllers, their DTOs and their access rules. */
function createOpenApiDocument(
  app: NestExpressApplication,
  config: Pick<Config, 'publicUrl'>,
): OpenAPIObject {
  const document = SwaggerModule.createDocument(app, apiDescription(config.publicUrl), {
    operationIdFactory,
  });
  const routes = app.get(DeclaredRoutes, { strict: false }).list();
  describeRules(document);
  describeValues(document);
  describeRequests(document, routes);
  describeExamples(document);
  describeAnswers(document, routes);
  return document;
}

/** `UploadsController` and `begin` make `uploadsBegin`. */
function operationIdFactory(controller: string, method: string): string {
  const resource = controller.replace(/Controller$/, '');
  return `${resource.charAt(0).toLowerCase()}${resource.slice(1)}${method.charAt(0).toUpperCase()}${method.slice(1)}`;
}

/** What Swagger UI needs: its own files, styles that it makes as it goes, icons within them, and calls of this service. */
const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Serves the document at `/openapi.json` and a page to try it at `/docs`. It is built when first asked for. */
export function serveOpenApi(app: NestExpressApplication, config: Pick<Config, 'publicUrl'>): void {
  app.use('/docs', (_request: Request, response: Response, next: NextFunction) => {
    response.setHeader('Content-Security-Policy', PAGE_POLICY);
    response.setHeader('Cache-Control', 'no-cache');
    next();
  });
  SwaggerModule.setup('docs', app, () => createOpenApiDocument(app, config), {
    jsonDocumentUrl: 'openapi.json',
    yamlDocumentUrl: 'openapi.yaml',
    customSiteTitle: 'imgsrv API',
  });
}
