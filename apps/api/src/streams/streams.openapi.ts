import type { Schema } from '../openapi/document-types.js';
import { DescribeDocument } from '../surface/document.openapi.js';

const string = { type: 'string' } as const;

const INDEX_SCHEMA: Schema = {
  type: 'object',
  required: ['format', 'index'],
  properties: {
    format: { ...string, enum: ['index:1.0'] },
    index: {
      type: 'object',
      additionalProperties: {
        type: 'object',
        required: ['format', 'datatype', 'path', 'products'],
        properties: {
          format: { ...string, enum: ['products:1.0'] },
          datatype: { ...string, enum: ['image-downloads'] },
          path: string,
          products: { type: 'array', items: string },
        },
      },
    },
  },
};

const PRODUCT_SCHEMA: Schema = {
  type: 'object',
  required: ['aliases', 'arch', 'os', 'release', 'versions'],
  properties: {
    aliases: string,
    arch: string,
    os: string,
    release: string,
    versions: {
      type: 'object',
      additionalProperties: {
        type: 'object',
        required: ['items'],
        properties: { items: { type: 'object', additionalProperties: { type: 'object' } } },
      },
    },
  },
};

const IMAGES_SCHEMA: Schema = {
  type: 'object',
  required: ['content_id', 'datatype', 'format', 'products'],
  properties: {
    content_id: { ...string, enum: ['images'] },
    datatype: { ...string, enum: ['image-downloads'] },
    format: { ...string, enum: ['products:1.0'] },
    products: { type: 'object', additionalProperties: PRODUCT_SCHEMA },
  },
};

/** A route that answers with one of the two documents of Simple Streams. */
export const DescribeStreamsDocument = (document: 'index' | 'images'): MethodDecorator =>
  DescribeDocument('application/json', document === 'index' ? INDEX_SCHEMA : IMAGES_SCHEMA);
