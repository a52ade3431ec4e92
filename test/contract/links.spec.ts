import { randomUUID } from 'node:crypto';
import { type ContractService, startContractService } from './contract-service.js';
import { HttpClient } from '../support/http-client.js';
import { digestOf, someBytes } from './upload-steps.js';

const PUBLIC_URL = 'https://images.example/mirror/eu';

let service: ContractService;
let writer: HttpClient;
let manager: HttpClient;

beforeAll(async () => {
  service = await startContractService({ workers: 0 });
  // The proxy that serves it under this URL takes the path away again.
  const { url } = await service.running.startApi(['--public-url', PUBLIC_URL]);
  writer = new HttpClient(url, service.writer.token);
  manager = new HttpClient(url, service.manager.token);
}, 60_000);

afterAll(() => service.stop(), 60_000);

describe('below a public URL with a path', () => {
  it('Location leads to what was made', async () => {
    const image = `image-${randomUUID()}`;
    const bytes = someBytes();
    const upload = { expected_digest: digestOf(bytes), expected_size_bytes: bytes.length };
    const artifact = {
      operating_system: 'linux',
      architecture: 'amd64',
      format: 'raw',
      primary_blob_digest: digestOf(bytes),
      primary_blob_size_bytes: bytes.length,
      primary_media_type: 'application/octet-stream',
    };
    const attachment = {
      name: 'notes.txt',
      media_type: 'text/plain',
      blob_digest: digestOf(bytes),
      blob_size_bytes: bytes.length,
    };
    const principal = await made(manager, '/v1/auth/principals', { kind: 'service', display_name: 'x' });
    await made(manager, `${principal}/api-tokens`, { expires_at: new Date(Date.now() + 60_000) });
    await made(writer, '/v1/uploads', upload);
    await made(writer, '/v1/images', { name: image });
    const version = await made(writer, `/v1/images/${image}/versions`, { version: '1.0' });
    const declared = await made(writer, `${version}/artifacts`, artifact);
    await made(writer, `${declared}/attachments`, attachment);
  });

  it('Link leads to the next page, with the other parameters as they were', async () => {
    for (let n = 0; n < 2; n += 1) {
      await manager.post('/v1/auth/principals', { kind: 'user', display_name: 'somebody' });
    }
    const { headers } = await manager.get('/v1/auth/principals?limit=1');
    const next = /^<(\/mirror\/eu\/v1\/auth\/principals\?[^>]+)>; rel="next"$/.exec(
      String(headers.link),
    )?.[1];
    expect(new URL(next ?? '', PUBLIC_URL).searchParams.get('limit')).toBe('1');
    const answer = await manager.get((next ?? '').replace('/mirror/eu', ''));
    expect(answer).toMatchObject({ status: 200, json: { principals: [{}] } });
  });

  it('the OpenAPI document names it as its server', async () => {
    for (const path of ['/openapi.json', '/docs/swagger-ui-init.js']) {
      expect((await writer.get(path)).bytes.toString()).toContain(PUBLIC_URL);
    }
  });

  it('the page of documentation asks for everything relative to itself', async () => {
    const html = (await writer.get('/docs')).bytes.toString();
    const asked = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address = '']) => address);
    expect(asked.length).toBeGreaterThan(3);
    for (const address of asked) {
      const { pathname } = new URL(address, `${PUBLIC_URL}/docs`);
      expect(pathname).toMatch(/^\/mirror\/eu\/docs\//);
      expect(await writer.get(pathname.replace('/mirror/eu', ''))).toMatchObject({ status: 200 });
    }
  });

  it('the documents of Simple Streams are relative to where they are read', async () => {
    const index = (await writer.get('/streams/v1/index.json')).json as {
      readonly index: Readonly<Record<string, { readonly path: string }>>;
    };
    for (const { path } of Object.values(index.index)) {
      expect(path).toMatch(/^streams\/v1\//);
    }
  });
});

describe('without a public URL', () => {
  it('links have no more than the path', async () => {
    const image = `image-${randomUUID()}`;
    const { headers } = await service.writer.post('/v1/images', { name: image });
    expect(headers.location).toBe(`/v1/images/${image}`);
  });
});

/** Makes something and gives its path on the api itself. */
async function made(client: HttpClient, path: string, json: unknown): Promise<string> {
  const { status, headers } = await client.post(path, json);
  const location = headers.location ?? '';
  expect({ path, status, location }).toEqual({
    path,
    status: 201,
    location: expect.stringMatching(/^\/mirror\/eu\/v1\//) as string,
  });
  return location.replace('/mirror/eu', '');
}
