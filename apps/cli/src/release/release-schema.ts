import { VISIBILITIES } from '../visibility.js';

const NAME = { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}$' } as const;
const VERSION = '^[A-Za-z0-9][A-Za-z0-9._+:-]{0,127}$';
const FILE = { type: 'string', minLength: 1, description: 'Path, from the folder of this file.' } as const;
const MEDIA_TYPE = { type: 'string', pattern: '^[^/ ]+/[^/ ]+$', maxLength: 255 } as const;

const TEXTS = { type: 'object', additionalProperties: { type: 'string' } } as const;
const INCUS = {
  type: 'object',
  additionalProperties: false,
  required: ['os', 'release'],
  description: 'What Incus and LXD show: the server makes incus.tar.xz and lxd.tar.xz of it.',
  properties: {
    os: { type: 'string', description: 'Such as Debian.' },
    release: { type: 'string', description: 'Such as bookworm.' },
    description: { type: 'string', description: 'One line; default made of the others.' },
    requirements: { ...TEXTS, description: "What a host has to offer, such as secureboot: 'false'." },
    properties: { ...TEXTS, description: 'Further properties of the image.' },
  },
} as const;

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
      pattern: VERSION,
      description:
        'Name of the version, in quotes when it looks like a number; the command line may say it instead.',
    },
    aliases: {
      type: 'array',
      items: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$' },
      maxItems: 100,
      description: 'What is to name this version once it is published.',
    },
    visibility: {
      enum: VISIBILITIES,
      description: 'Who sees the image, if this publish makes it.',
    },
    metadata: {
      type: 'object',
      additionalProperties: false,
      description: 'What people and tools read of this version.',
      properties: {
        notes: { type: 'string', description: 'What is new, in Markdown.' },
        end_of_life: {
          type: 'string',
          pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}$',
          description: 'From then on nobody mends it.',
        },
        labels: { type: 'object', additionalProperties: { type: 'string' } },
        source: {
          type: 'object',
          additionalProperties: false,
          properties: {
            repository: { type: 'string' },
            commit: { type: 'string' },
            pipeline_url: { type: 'string' },
          },
        },
      },
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
          default_user: { type: 'string', description: 'Whom to log in as.' },
          min_disk_bytes: { type: 'integer', minimum: 1 },
          min_memory_bytes: { type: 'integer', minimum: 1 },
          firmware: { enum: ['bios', 'uefi'] },
          secure_boot: { type: 'boolean', description: 'Whether it boots where only signed systems do.' },
          cloud_init: { type: 'boolean' },
          incus: INCUS,
          delta_from: {
            type: 'string',
            pattern: VERSION,
            description:
              'Of squashfs and qcow2: the version of the image of which the server makes a delta, if it can.',
          },
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
                base_version: {
                  type: 'string',
                  pattern: VERSION,
                  description:
                    'Of squashfs.vcdiff and disk-kvm.img.vcdiff: the version of the image that the delta is applied to.',
                },
              },
            },
          },
        },
      },
    },
  },
} as const;
