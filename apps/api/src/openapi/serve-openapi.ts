import type { NestExpressApplication } from '@nestjs/platform-express';
import { type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import type { Config } from '@imgsrv/platform';
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
  describeAnswers(document);
  return document;
}

/** `UploadsController` and `begin` make `uploadsBegin`. */
function operationIdFactory(controller: string, method: string): string {
  const resource = controller.replace(/Controller$/, '');
  return `${resource.charAt(0).toLowerCase()}${resource.slice(1)}${method.charAt(0).toUpperCase()}${method.slice(1)}`;
}

/** Serves the document at `/openapi.json` and a page to try it at `/docs`. It is built when first asked for. */
export function serveOpenApi(app: NestExpressApplication, config: Pick<Config, 'publicUrl'>): void {
  SwaggerModule.setup('docs', app, () => createOpenApiDocument(app, config), {
    jsonDocumentUrl: 'openapi.json',
    yamlDocumentUrl: 'openapi.yaml',
    customSiteTitle: 'imgsrv API',
  });
}
