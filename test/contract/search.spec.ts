import { randomBytes, randomUUID } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { UploadedBlob } from '../fixtures/upload-source.js';
import type { HttpClient } from '../support/http-client.js';
import { enroll, type JoinedService, joinContractService } from './contract-service.js';
import { expectProblem } from './problem.js';

interface Release {
  readonly image: string;
  readonly version?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** Operating system, architecture and format. */
  readonly artifacts?: readonly (readonly [string, string, 'raw' | 'raw.gz'])[];
}

let service: JoinedService;
let admin: HttpClient;
let blobs: Readonly<Record<'raw' | 'raw.gz', UploadedBlob>>;
/** In the name of every image of a test, so that others do not disturb it. */
let tag: string;

beforeAll(async () => {
  service = await joinContractService();
  admin = await enroll(service, ['content-admin', 'content-writer']);
  const bytes = randomBytes(2000);
  const { publisher } = service;
  blobs = {
    raw: await publisher.uploadFile(bytes),
    'raw.gz': await publisher.uploadFile(gzipSync(bytes)),
  };
});

beforeEach(() => {
  tag = `s${randomUUID().slice(0, 13)}`;
});

async function draft({
  image,
  version = '1',
  labels,
  artifacts = [['debian', 'amd64', 'raw']],
}: Release): Promise<void> {
  const { publisher, writer } = service;
  const name = `${tag}-${image}`;
  if ((await writer.get(`/v1/images/${name}`)).status === 404) {
    await publisher.createImage(name);
  }
  await publisher.call('POST', `/v1/images/${name}/versions`, { version, labels });
  for (const [operatingSystem, architecture, format] of artifacts) {
    await publisher.addArtifact(name, version, {
      operatingSystem,
      architecture,
      format,
      blob: blobs[format],
    });
  }
}

async function release(it: Release): Promise<void> {
  await draft(it);
  await service.publisher.publish(`${tag}-${it.image}`, it.version ?? '1');
}

const list = (query: string, caller = service.anonymous) => caller.get(`/v1/images?q=${tag}&${query}`);

/** The names of the images found, without the tag. */
async function found(query: string, caller = service.anonymous): Promise<string[]> {
  const answer = await list(query, caller);
  expect(answer.status).toBe(200);
  return (answer.members.images as { readonly name: string }[]).map(({ name }) => name.slice(tag.length + 1));
}

async function versions(image: string, query: string): Promise<string[]> {
  const answer = await service.writer.get(`/v1/images/${tag}-${image}/versions?${query}`);
  expect(answer.status).toBe(200);
  return (answer.members.versions as { readonly version: string }[]).map(({ version }) => version);
}

function nextCursor(link: unknown): string {
  return (
    new URL(/<([^>]+)>; rel="next"/.exec(String(link))?.[1] ?? '', 'http://any').searchParams.get('cursor') ??
    ''
  );
}

it.each([
  'label=team',
  'label==platform',
  'label=te%20am=x',
  'label=team=a%00b',
  'label=a=1&label=b=2',
  `label=team=${'x'.repeat(257)}`,
  'os=',
  'os=de%20bian',
  'os=%00',
  'architecture=amd64,arm64',
  'architecture=.',
  'format=raw/gz',
  'format=raw&format=qcow2',
  'visibility=secret',
  'visibility=',
  'sort=size',
  'sort=name&sort=newest',
  `q=${'x'.repeat(201)}`,
  'q=a%00b',
  'q=a&q=b',
])('refuses the list of images with %s', async (query) => {
  const problem = expectProblem(await service.anonymous.get(`/v1/images?${query}`), 400, 'invalid-request');
  expect(problem.errors ?? problem.detail).not.toHaveLength(0);
});

it.each(['label=team', 'os=%20', 'architecture=.', 'format=', 'sort=size'])(
  'refuses the list of versions with %s',
  async (query) => {
    await release({ image: 'debian' });
    const path = `/v1/images/${tag}-debian/versions`;
    expectProblem(await service.anonymous.get(`${path}?${query}`), 400, 'invalid-request');
  },
);

it('refuses a cursor that was made for another order', async () => {
  await release({ image: 'a' });
  await release({ image: 'b' });
  const byName = nextCursor((await list('limit=1')).headers.link);
  const byAge = nextCursor((await list('limit=1&sort=newest')).headers.link);
  expectProblem(await list(`sort=newest&cursor=${byName}`), 400, 'invalid-cursor');
  expectProblem(await list(`sort=name&cursor=${byAge}`), 400, 'invalid-cursor');
  await release({ image: 'a', version: '2' });
  const path = `/v1/images/${tag}-a/versions`;
  const { anonymous } = service;
  const newest = nextCursor((await anonymous.get(`${path}?limit=1`)).headers.link);
  const named = nextCursor((await anonymous.get(`${path}?limit=1&sort=name`)).headers.link);
  expectProblem(await anonymous.get(`${path}?sort=name&cursor=${newest}`), 400, 'invalid-cursor');
  expectProblem(await anonymous.get(`${path}?cursor=${named}`), 400, 'invalid-cursor');
});

it.each([
  'os=plan9',
  'architecture=vax',
  'format=floppy',
  'label=team=nobody',
  'label=nokey=platform',
  'visibility=private',
])('finds nothing for %s', async (query) => {
  await release({ image: 'debian', labels: { team: 'platform' } });
  expect(await found(query)).toEqual([]);
});

describe('images', () => {
  beforeEach(async () => {
    await release({
      image: 'debian',
      labels: { team: 'platform', build: 'a=b' },
      artifacts: [
        ['debian', 'amd64', 'raw'],
        ['debian', 'riscv64', 'raw.gz'],
      ],
    });
    await release({ image: 'debian', version: '2', labels: { team: 'other' } });
    await release({
      image: 'alpine',
      labels: { team: 'platform' },
      artifacts: [['alpine', 'riscv64', 'raw']],
    });
  }, 30_000);

  it.each([
    ['', ['alpine', 'debian']],
    ['os=debian', ['debian']],
    ['os=Debian', []],
    ['architecture=riscv64', ['alpine', 'debian']],
    ['format=raw.gz', ['debian']],
    ['label=team=platform', ['alpine', 'debian']],
    ['label=build=a=b', ['debian']],
    ['visibility=public', ['alpine', 'debian']],
    // One artifact is all of it.
    ['architecture=riscv64&format=raw', ['alpine']],
    ['os=debian&architecture=amd64&format=raw.gz', []],
    // One version has both.
    ['label=team=platform&format=raw.gz', ['debian']],
    ['label=team=other&architecture=amd64', ['debian']],
    ['label=team=other&architecture=riscv64', []],
  ])('with %s are %j', async (query, names) => {
    expect(await found(query)).toEqual(names);
  });

  it('are found by words in any case', async () => {
    const { anonymous } = service;
    const { members } = await anonymous.get(`/v1/images?q=${tag.toUpperCase()}%20%20EBIA`);
    expect(members.images).toMatchObject([{ name: `${tag}-debian` }]);
  });

  it('are paged in the order asked for', async () => {
    expect(await found('sort=newest')).toEqual(['alpine', 'debian']);
    await release({ image: 'debian', version: '3' });
    expect(await found('sort=newest')).toEqual(['debian', 'alpine']);
    for (const [sort, second] of [
      ['newest', 'alpine'],
      ['name', 'debian'],
    ]) {
      const first = await list(`sort=${sort ?? ''}&limit=1&architecture=riscv64`);
      const cursor = nextCursor(first.headers.link);
      expect(String(first.headers.link)).toContain('architecture=riscv64');
      expect(await found(`sort=${sort ?? ''}&limit=1&architecture=riscv64&cursor=${cursor}`)).toEqual([
        second,
      ]);
    }
  });

  it('are found by what is published of them, now', async () => {
    await draft({
      image: 'debian',
      version: '4',
      labels: { stage: 'draft' },
      artifacts: [['debian', 's390x', 'raw']],
    });
    expect(await found('architecture=s390x')).toEqual([]);
    expect(await found('label=stage=draft', service.writer)).toEqual([]);
    await service.publisher.publish(`${tag}-debian`, '4');
    expect(await found('architecture=s390x')).toEqual(['debian']);
    const path = `/v1/images/${tag}-debian/versions/4`;
    expect((await admin.post(`${path}/withdrawal`, { reason: 'It held a key.' })).status).toBe(200);
    expect(await found('architecture=s390x')).toEqual([]);
    expect(await found('label=stage=draft')).toEqual([]);
    expect(await found('architecture=amd64')).toEqual(['debian']);
    expect(await found('sort=newest')).toEqual(['alpine', 'debian']);
    expect((await admin.send('DELETE', `${path}/withdrawal`)).status).toBe(204);
    expect(await found('label=stage=draft&architecture=s390x')).toEqual(['debian']);
    expect(await found('sort=newest')).toEqual(['debian', 'alpine']);
  });

  it('that not everybody sees are found by those who do', async () => {
    await service.writer.send('PATCH', `/v1/images/${tag}-alpine`, { json: { visibility: 'private' } });
    expect(await found('os=alpine')).toEqual([]);
    expect(await found('visibility=private')).toEqual([]);
    expect(await found('os=alpine&visibility=private', service.writer)).toEqual(['alpine']);
    expect(await found('visibility=internal', service.writer)).toEqual([]);
  });
});

describe('versions of an image', () => {
  beforeEach(async () => {
    await release({ image: 'debian', version: '10', labels: { team: 'platform' } });
    await release({
      image: 'debian',
      version: '9',
      labels: { team: 'other' },
      artifacts: [['debian', 'arm64', 'raw.gz']],
    });
    await draft({
      image: 'debian',
      version: '11',
      labels: { team: 'platform' },
      artifacts: [['debian', 'arm64', 'raw']],
    });
  }, 30_000);

  it.each([
    ['', ['9', '10']],
    ['sort=newest', ['9', '10']],
    ['sort=name', ['10', '9']],
    ['label=team=platform', ['10']],
    ['architecture=arm64', ['9']],
    ['architecture=arm64&state=draft,published', ['11', '9']],
    ['architecture=arm64&format=raw', []],
    ['architecture=arm64&label=team=platform&state=draft,published', ['11']],
    ['os=debian&sort=name&state=draft,published', ['10', '11', '9']],
    ['os=plan9', []],
  ])('with %s are %j', async (query, names) => {
    expect(await versions('debian', query)).toEqual(names);
  });

  it('are paged by name', async () => {
    const path = `/v1/images/${tag}-debian/versions?sort=name&limit=1`;
    const cursor = nextCursor((await service.anonymous.get(path)).headers.link);
    expect(await versions('debian', `sort=name&limit=1&cursor=${cursor}`)).toEqual(['9']);
  });
});
