const NAME = { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}$' } as const;
const FILE = { type: 'string', minLength: 1, description: 'Path, from the folder of this file.' } as const;
const MEDIA_TYPE = { type: 'string', pattern: '^[^/ ]+/[^/ ]+$', maxLength: 255 } as const;

/** What a release file may say (JSON Schema draft-07, which editors know). */
export const RELEASE_SCHEMA = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  title: 'A release for imgsrv publish -f',
  type: 'object',
  additionalProperties: false,
  required: ['artifacts'],
  properties: {
    image: {
      type: 'string',
      pattern: '^[a-z0-9][a-z0-9._-]{0,127}$',
      description: 'Name of the image; the command line may say it instead.',
    },
    version: {
      type: 'string',
      pattern: '^[A-Za-z0-9][A-Za-z0-9._+:-]{0,127}$',
      description:
        'Name of the version, in quotes when it looks like a number; the command line may say it instead.',
    },
    aliases: {
      type: 'array',
      items: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$' },
      maxItems: 100,
      description: 'What is to name this version once it is published.',
    },
    artifacts: {
      type: 'array',
      minItems: 1,
      maxItems: 500,
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['file'],
        properties: {
          file: FILE,
          operating_system: { ...NAME, description: 'Default: the name of the image.' },
          architecture: { ...NAME, description: 'Default: what the name of the file says.' },
          variant: { ...NAME, description: 'Default: default.' },
          format: {
            enum: ['qcow2', 'raw', 'raw.gz', 'squashfs', 'rootfs.tar.xz', 'incus.tar.gz'],
            description: 'Default: what the content of the file says.',
          },
          media_type: MEDIA_TYPE,
          attachments: {
            type: 'array',
            maxItems: 50,
            items: {
              type: 'object',
              additionalProperties: false,
              required: ['file'],
              properties: {
                file: FILE,
                name: { ...NAME, description: 'Default: the name of the file.' },
                media_type: MEDIA_TYPE,
              },
            },
          },
        },
      },
    },
  },
} as const;
