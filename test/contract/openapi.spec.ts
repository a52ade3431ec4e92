import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Validator } from '@seriousme/openapi-schema-validator';
import { RE2JS } from 're2js';
import { DeclaredRoutes } from '../../apps/api/src/access/declared-routes.js';
import { createTestDatabase } from '../support/postgres.js';
import { startTestApi } from '../api/auth-api.js';
import { ApiDocument } from './api-document.js';
import { type ContractService, startContractService } from './contract-service.js';
import type { HttpClient } from '../support/http-client.js';
import { begin, someBytes } from './upload-steps.js';

const COMMITTED = new URL('../../docs/openapi/v1.yaml', import.meta.url);

let service: ContractService;
let api: ApiDocument;

beforeAll(async () => {
  service = await startContractService({
    workers: 0,
    // The expiry in an example is a fixed date.
    flags: ['--max-token-lifetime', '876000h'],
  });
  api = await ApiDocument.of(service.anonymous);
}, 60_000);

afterAll(() => service.stop(), 60_000);

it('is committed as it is served; `npm run openapi` refreshes it', async () => {
  const served = await service.anonymous.get('/openapi.yaml');
  expect(served.status).toBe(200);
  expect(
    (await readFile(COMMITTED, 'utf8')) === served.bytes.toString() ? 'fresh' : 'run `npm run openapi`',
  ).toBe('fresh');
});

it('is a valid OpenAPI 3 document', async () => {
  const { valid, errors } = await new Validator().validate(structuredClone({ ...api.document }));
  expect(errors ?? []).toEqual([]);
  expect(valid).toBe(true);
});

it('has every route of the application and nothing else', async () => {
  const database = await createTestDatabase();
  const local = await startTestApi(database.url);
  try {
    const routes = local.api.app.get(DeclaredRoutes, { strict: false }).list();
    const declared = routes
      .filter(({ isPage }) => !isPage)
      .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`);
    expect(declared.length).toBeGreaterThan(40);
    expect(api.operations.map(([name]) => name).sort()).toEqual(declared.sort());
  } finally {
    await local.close();
    await database.drop();
  }
});

it('names the public URL as server when there is one, and itself otherwise', async () => {
  expect(api.document.servers).toEqual([{ url: '/' }]);
  const { url } = await service.running.startApi(['--public-url', 'https://images.example']);
  const answer = await fetch(`${url}/openapi.json`);
  expect(await answer.json()).toMatchObject({ servers: [{ url: 'https://images.example' }] });
});

describe('every pattern', () => {
  const texts = () => [...new Set(patternsIn(api.document))];

  it('means the same to ECMAScript without flags, Python and Go', () => {
    expect(texts().length).toBeGreaterThan(10);
    for (const pattern of texts()) {
      expect(() => new RegExp(pattern)).not.toThrow();
      // What Go's regexp is made of.
      expect(() => RE2JS.compile(pattern)).not.toThrow();
    }
  });

  it('compiles in Python', () => {
    const script = 'import json, re, sys\nfor p in json.load(sys.stdin): re.compile(p)';
    const { status, stderr } = spawnSync('python3', ['-c', script], {
      input: JSON.stringify(texts()),
      encoding: 'utf8',
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  it('finds what the examples of the path parameters are', () => {
    const inPaths = api.operations.flatMap(([, { parameters }]) =>
      parameters.filter((parameter) => parameter.in === 'path'),
    );
    for (const { name, example = '', schema } of inPaths) {
      const pattern = schema.pattern ?? '';
      const isFound = new RegExp(pattern).test(example) && RE2JS.compile(pattern).matcher(example).find();
      expect({ name, example, isFound }).toEqual({ name, example, isFound: true });
    }
  });
});

describe('every operation', () => {
  it('has an id of its own, a summary and a group that is described', () => {
    const ids = api.operations.map(([, { operationId }]) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    const groups = new Set(api.document.tags.map(({ name }) => name));
    for (const [name, { summary, tags }] of api.operations) {
      expect({ name, summary, unknown: tags.filter((tag) => !groups.has(tag)) }).toEqual({
        name,
        summary: expect.stringMatching(/\w{3}/) as string,
        unknown: [],
      });
    }
  });

  it('describes its parameters, all of its path among them', () => {
    for (const [name, { parameters }] of api.operations) {
      expect({ name, undescribed: parameters.filter(({ description = '' }) => description === '') }).toEqual({
        name,
        undescribed: [],
      });
      const inPath = [...name.matchAll(/\{(\w+)\}/g)].map(([, parameter]) => parameter);
      const described = parameters
        .filter((parameter) => parameter.in === 'path')
        .map((parameter) => parameter.name);
      expect({ name, described: described.sort() }).toEqual({ name, described: inPath.sort() });
    }
  });

  it('says what success looks like, and that it can fail', () => {
    for (const [name, { responses }] of api.operations) {
      const successes = Object.entries(responses).filter(([status]) => status.startsWith('2'));
      const bare = successes.filter(
        ([status, { content }]) => (status === '204') !== (content === undefined),
      );
      expect({ name, successes: successes.length > 0, bare }).toEqual({ name, successes: true, bare: [] });
      expect(responses).toHaveProperty('default');
    }
  });
});

/** What section 7 of the contract and its neighbours call the entries of each list. */
const LISTS: Readonly<Record<string, string>> = {
  '/readyz': 'checks',
  '/v1/audit-events': 'audit_events',
  '/v1/auth/roles': 'roles',
  '/v1/auth/principals': 'principals',
  '/v1/auth/principals/{principal_id}/api-tokens': 'api_tokens',
  '/v1/auth/principals/{principal_id}/read-links': 'read_links',
  '/v1/auth/oidc-provisioning-rules': 'rules',
  '/v1/blobs': 'blobs',
  '/v1/images': 'images',
  '/v1/images/{name}/retention/preview': 'versions',
  '/v1/images/{name}/versions': 'versions',
  '/v1/images/{name}/versions/{version}/artifacts': 'artifacts',
  '/v1/images/{name}/aliases': 'aliases',
  '/v1/images/{name}/promotions': 'promotions',
  '/v1/channels': 'channels',
  '/v1/uploads/{upload_id}/parts': 'parts',
};

describe('every list', () => {
  it('calls its entries what clients look for, always gives them, and never as null', () => {
    const lists = api.operations.flatMap(([name, { responses }]) => {
      const reference = responses['200']?.content?.['application/json']?.schema?.$ref ?? '';
      const schema = api.document.components.schemas[reference.replace('#/components/schemas/', '')];
      const [only, ...more] = Object.entries(schema?.properties ?? {});
      const isList = only?.[1].type === 'array' && more.length === 0;
      return isList ? [[name.replace('GET ', ''), only[0], schema?.required, only[1].nullable ?? false]] : [];
    });
    expect(lists.sort()).toEqual(
      Object.entries(LISTS)
        .map(([path, member]) => [path, member, [member], false])
        .sort(),
    );
  });

  it('is read page by page, but for checks, roles and the parts of an upload, which are given at once', () => {
    const paged = api.operations.flatMap(([name, { parameters }]) =>
      parameters.some((parameter) => parameter.name === 'cursor') ? [name.replace('GET ', '')] : [],
    );
    const whole = ['/readyz', '/v1/auth/roles', '/v1/uploads/{upload_id}/parts'];
    expect(paged.sort()).toEqual(
      Object.keys(LISTS)
        .filter((path) => !whole.includes(path))
        .sort(),
    );
  });
});

describe('every JSON body', () => {
  const withJson = () =>
    api.operations.flatMap(([name, operation]) => {
      const json = operation.requestBody?.content['application/json'];
      return json === undefined ? [] : [{ name, example: json.example }];
    });

  it('has an example that fits its schema', () => {
    for (const [, { requestBody }] of api.operations) {
      const json = requestBody?.content['application/json'];
      if (json?.schema !== undefined) api.expectFits(json.schema, json.example);
    }
  });

  it('has an example that the service understands', async () => {
    expect(withJson().length).toBeGreaterThan(8);
    for (const { name, example } of withJson()) {
      const [method = '', template = ''] = name.split(' ');
      const client = name.includes(' /v1/auth/') ? service.manager : service.writer;
      const path = await realPath(template);
      const answer = await client.send(method, path, { json: example });
      // The issuer of an example does not exist; that it was looked for means that the rest was understood.
      const lacksIssuer = answer.bytes.toString().includes(':issuer-unreachable"');
      const understood =
        lacksIssuer || (answer.status !== 400 && answer.status !== 413 && answer.status < 500);
      expect({ name, example, body: answer.bytes.toString(), understood }).toMatchObject({
        name,
        understood: true,
      });
      api.expectDocumented(method, template, answer);
    }
  });
});

function patternsIn(node: unknown): string[] {
  return typeof node !== 'object' || node === null
    ? []
    : Object.entries(node).flatMap(([key, value]: [string, unknown]) =>
        key === 'pattern' && typeof value === 'string' ? [value] : patternsIn(value),
      );
}

/** A path of this template to things that are there. */
async function realPath(template: string): Promise<string> {
  const { manager, writer, publisher } = service;
  const image = `image-${randomUUID()}`;
  await publisher.createImage(image);
  await publisher.createVersion(image, '1.0');
  const blob = { digest: `sha256:${'0'.repeat(64)}`, sizeBytes: 1 };
  const values: Readonly<Record<string, string>> = {
    channel: 'example',
    name: image,
    version: '1.0',
    alias: 'stable',
    artifact_id: (await publisher.addArtifact(image, '1.0', { format: 'qcow2', blob })).id,
    upload_id: (await begin(writer, someBytes())).id,
    principal_id: await newPrincipal(manager),
    role_id: 'content-writer',
    rule_id: randomUUID(),
  };
  return template.replaceAll(/\{(\w+)\}/g, (_braces, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`no value for ${name}`);
    return value;
  });
}

async function newPrincipal(manager: HttpClient): Promise<string> {
  const { json } = await manager.post('/v1/auth/principals', { kind: 'user', display_name: 'somebody' });
  return (json as { readonly id: string }).id;
}
