import {
  IMAGE_DESCRIPTION_MAX_LENGTH,
  type ImageDescription,
  KNOWN_REQUIREMENTS,
  MAX_PROPERTIES,
  PROPERTY_VALUE_MAX_LENGTH,
  WORD_MAX_LENGTH,
} from '@imgsrv/catalog';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { ValidateBy } from 'class-validator';
import { MayBeAbsent } from '../http/may-be-absent.js';
import { IsReadableText } from '../http/readable-text.js';

const REQUIREMENTS_RULE = [...KNOWN_REQUIREMENTS].map(([name, { values }]) => `\`${name}\` (${values})`);
const REQUIREMENTS = {
  type: 'object',
  additionalProperties: { type: 'string' },
  example: { secureboot: 'false' },
  description: `What a host has to offer: ${REQUIREMENTS_RULE.join(', ')}.`,
} as const;
const PROPERTIES = {
  type: 'object',
  additionalProperties: { type: 'string', minLength: 1, maxLength: PROPERTY_VALUE_MAX_LENGTH },
  maxProperties: MAX_PROPERTIES,
  example: { name: 'debian-bookworm' },
  description: 'Further properties of the image, which clients show and select images by.',
} as const;

/** What the values are is for the catalogue to judge, which says which one is wrong. */
const IsMapOfText = () =>
  ValidateBy({
    name: 'isMapOfText',
    validator: {
      validate: (value: unknown) =>
        typeof value === 'object' &&
        value !== null &&
        !Array.isArray(value) &&
        Object.values(value).every((text) => typeof text === 'string'),
      defaultMessage: () => '$property must be an object of which every value is text',
    },
  });

/** Of which the publish makes metadata for Incus and LXD, so that an artifact without any is an image of theirs. */
export class IncusDescriptionRequest {
  /** @example "Debian" */
  @IsReadableText({ min: 1, max: WORD_MAX_LENGTH })
  os: string;

  /** @example "bookworm" */
  @IsReadableText({ min: 1, max: WORD_MAX_LENGTH })
  release: string;

  /**
   * Absent: made of the others.
   * @example "Debian 12, minimal"
   */
  @MayBeAbsent()
  @IsReadableText({ min: 1, max: IMAGE_DESCRIPTION_MAX_LENGTH })
  description?: string;

  @ApiPropertyOptional(REQUIREMENTS)
  @MayBeAbsent()
  @IsMapOfText()
  requirements?: Record<string, string>;

  @ApiPropertyOptional(PROPERTIES)
  @MayBeAbsent()
  @IsMapOfText()
  properties?: Record<string, string>;
}

/** Of what the metadata for Incus and LXD is made. */
export class IncusDescriptionResponse {
  os: string;
  release: string;
  description?: string;
  @ApiPropertyOptional({ type: 'object', additionalProperties: { type: 'string' } })
  requirements?: Record<string, string>;
  @ApiPropertyOptional({ type: 'object', additionalProperties: { type: 'string' } })
  properties?: Record<string, string>;
}

export function toImageDescription(body: IncusDescriptionRequest): ImageDescription {
  const { os, release, description, requirements, properties } = body;
  return {
    os,
    release,
    ...(description === undefined ? {} : { description }),
    ...(requirements === undefined ? {} : { requirements }),
    ...(properties === undefined ? {} : { properties }),
  };
}

export function toIncusDescriptionResponse(description: ImageDescription): IncusDescriptionResponse {
  const { os, release, description: text, requirements, properties } = description;
  return {
    os,
    release,
    ...(text === undefined ? {} : { description: text }),
    ...(requirements === undefined ? {} : { requirements: { ...requirements } }),
    ...(properties === undefined ? {} : { properties: { ...properties } }),
  };
}
