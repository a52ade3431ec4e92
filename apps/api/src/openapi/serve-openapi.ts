import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { type Config, VERSION } from '@imgsrv/platform';

/** The document that is generated from the controllers and their DTOs. */
export function createOpenApiDocument(
  app: NestExpressApplication,
  config: Pick<Config, 'publicUrl'>,
): OpenAPIObject {
  const builder = new DocumentBuilder()
    .setTitle('imgsrv')
    .setDescription('Publish VM and container images; read them by digest, name or Simple Streams.')
    .setVersion(VERSION)
    .addBearerAuth({ type: 'http', scheme: 'bearer' }, 'bearer');
  return SwaggerModule.createDocument(
    app,
    (config.publicUrl === undefined ? builder : builder.addServer(config.publicUrl)).build(),
  );
}

/** Serves the document at `/openapi.json` and a page to try it at `/docs`. */
export function serveOpenApi(app: NestExpressApplication, config: Pick<Config, 'publicUrl'>): void {
  SwaggerModule.setup('docs', app, () => createOpenApiDocument(app, config), {
    jsonDocumentUrl: 'openapi.json',
    customSiteTitle: 'imgsrv API',
  });
}
