import { gunzipSync } from 'node:zlib';
import { imagesDocument, type StreamsProduct } from '../rendering/documents.js';
import { runAtOnce } from '../steps.js';
import { imagesText, renderDocuments } from './render-documents.js';

const PRODUCT: StreamsProduct = {
  aliases: 'debian',
  arch: 'amd64',
  os: 'Debian "12" \u2028 \ud800',
  release: '',
  release_title: '',
  variant: 'default',
  version: '12',
  requirements: {},
  versions: {},
};

describe('imagesText', () => {
  it.each([0, 1, 3])('is the JSON of the document with %i products', (count) => {
    const products = new Map(Array.from({ length: count }, (_, at) => [`incus:"${at}"`, PRODUCT]));
    expect(runAtOnce(imagesText(products))).toBe(JSON.stringify(imagesDocument(products)));
  });
});

describe('renderDocuments', () => {
  it('makes sound empty documents of an empty catalogue, compressed as well', async () => {
    const { index, images, problems, products } = await renderDocuments(
      { published: [], withdrawn: [] },
      [],
      new Date(),
    );
    expect({ problems, products }).toEqual({ problems: [], products: 0 });
    expect(JSON.parse(images.plain.toString())).toEqual({
      content_id: 'images',
      datatype: 'image-downloads',
      format: 'products:1.0',
      products: {},
    });
    for (const document of [index, images]) {
      expect(gunzipSync(document.gzip)).toEqual(document.plain);
    }
  });
});
