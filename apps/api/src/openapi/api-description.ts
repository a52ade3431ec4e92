import { VERSION } from '@imgsrv/platform';
import { DocumentBuilder, type OpenAPIObject } from '@nestjs/swagger';

const DESCRIPTION = `Publish VM and container images; read them by digest, name or Simple Streams.

Publishers upload bytes, which count once they were verified, describe a version and publish it; from then on it never
changes, and aliases move. Everything published is readable without a credential, everything else needs a bearer token.

Every GET may be asked for with HEAD. Errors are problem documents (RFC 9457) whose \`type\` never changes; 503 says when
to try again. Lists name their next page in \`Link\`. Each answer carries \`X-Request-ID\`, the one that was sent or a new
one.`;

/** The document before any route: what the API is, its groups and how callers say who they are. */
export function apiDescription(publicUrl: string | undefined): Omit<OpenAPIObject, 'paths'> {
  const builder = new DocumentBuilder()
    .setTitle('imgsrv')
    .setDescription(DESCRIPTION)
    .setVersion(VERSION)
    .setLicense('MIT OR Apache-2.0', 'https://spdx.org/licenses/')
    .addTag('operations', 'Whether the process serves')
    .addTag('auth', 'Who may call: principals, roles and their credentials')
    .addTag('uploads', 'Bytes on their way in')
    .addTag('blobs', 'Verified bytes by their digest')
    .addTag('storage', 'What is stored, and what goes out again')
    .addTag('images', 'The catalogue: images, versions, artifacts, attachments and aliases')
    .addTag('channels', 'Views of the catalogue that a site follows')
    .addTag('publishing', 'Making a version visible')
    .addTag('streams', 'Simple Streams for Incus and LXD')
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'An API token' }, 'bearer');
  return builder.addServer(publicUrl ?? '/').build();
}
