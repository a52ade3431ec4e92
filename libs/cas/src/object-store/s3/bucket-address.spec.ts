import { GetObjectCommand } from '@aws-sdk/client-s3';
import { HttpResponse } from '@smithy/core/protocols';
import { addressOfBucket, pathOfObject } from './bucket-address.js';
import { createS3Clients } from './s3-clients.js';
import { DEFAULT_S3_TIMEOUTS, type S3StoreSettings } from './s3-settings.js';

const KEYS = { accessKeyId: 'id', secretAccessKey: 'secret' };

interface Asked {
  readonly hostname: string;
  readonly port?: number;
  readonly protocol: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** What the SDK asks for. */
async function askedBySdk(settings: S3StoreSettings, Key: string): Promise<Asked> {
  const { reads } = createS3Clients(settings, DEFAULT_S3_TIMEOUTS);
  let asked: Asked | undefined;
  reads.middlewareStack.add(
    () => (args) => {
      asked = args.request as Asked;
      return Promise.resolve({ response: new HttpResponse({ statusCode: 200 }), output: { $metadata: {} } });
    },
    { step: 'finalizeRequest', priority: 'low' },
  );
  await reads.send(new GetObjectCommand({ Bucket: settings.bucket, Key }));
  reads.destroy();
  if (asked === undefined) throw new Error('The SDK asked for nothing.');
  return asked;
}

it.each<[string, Partial<S3StoreSettings>]>([
  ['path style', { pathStyle: true }],
  ['path style and TLS', { pathStyle: true, useTls: true, endpoint: 's3.example.test' }],
  ['path style of an uncommon bucket', { pathStyle: true, bucket: 'a.bucket.with.dots' }],
  ['a name before the host', {}],
  ['a name before the host, TLS', { useTls: true, endpoint: 's3.example.test' }],
  ['the port that goes without saying', { useTls: true, endpoint: 's3.example.test:443' }],
  ['another port', { useTls: true, endpoint: 's3.example.test:8443' }],
  ['an address', { endpoint: '192.0.2.1:9000' }],
  ['an address of IPv6', { endpoint: '[2001:db8::1]:9000', pathStyle: true }],
])('is where the SDK looks: %s', async (_, some) => {
  const settings: S3StoreSettings = {
    ...{ endpoint: 's3.example.test:80', bucket: 'a-bucket', useTls: false, pathStyle: false, ...KEYS },
    ...some,
  };
  const key = "blobs/a b/c+d(e)'f!*~-_.%25/ü";
  const asked = await askedBySdk(settings, key);
  const address = addressOfBucket(settings);
  expect(address && pathOfObject(address, key)).toBe(asked.path);
  expect(address).toMatchObject({
    host: asked.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: asked.port ?? (asked.protocol === 'https:' ? 443 : 80),
    authority: asked.headers.host,
  });
});

it('leaves a bucket to the SDK that cannot stand before a host', () => {
  const settings = { endpoint: 's3.example.test', useTls: true, pathStyle: false };
  expect(addressOfBucket({ ...settings, bucket: 'with.dots' })).toBeUndefined();
});
