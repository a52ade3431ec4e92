import type { NestExpressApplication } from '@nestjs/platform-express';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { type Config, VERSION } from '@imgsrv/platform';
import { DeclaredRoutes } from '../access/declared-routes.js';
import { describeOperations } from './describe-operations.js';
import { describeRules } from './describe-rules.js';

/** The document that is generated from the controllers, their DTOs and their access rules. */
function createOpenApiDocument(
  app: NestExpressApplication,
  config: Pick<Config, 'publicUrl'>,
): OpenAPIObject {
  const builder = new DocumentBuilder()
    .setTitle('imgsrv')
    .setDescription('Publish VM and container images; read them by digest, name or Simple Streams.')
    .setVersion(VERSION)
    .addBearerAuth({ type: 'http', scheme: 'bearer' }, 'bearer');
  const named = config.publicUrl === undefined ? builder : builder.addServer(config.publicUrl);
  const document = SwaggerModule.createDocument(app, named.build());
  describeRules(document);
  describeOperations(document, app.get(DeclaredRoutes, { strict: false }).list());
  return document;
}

/** Serves the document at `/openapi.json` and a page to try it at `/docs`. It is built when first asked for. */
export function serveOpenApi(app: NestExpressApplication, config: Pick<Config, 'publicUrl'>): void {
  SwaggerModule.setup('docs', app, () => createOpenApiDocument(app, config), {
    jsonDocumentUrl: 'openapi.json',
    yamlDocumentUrl: 'openapi.yaml',
    customSiteTitle: 'imgsrv API',
  });
}
