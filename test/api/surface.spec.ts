import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { Controller, type DynamicModule, Get, Module, Req, Res } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { openObjectStore } from '@imgsrv/cas';
import {
  type Database,
  listenHttp,
  type ListeningServer,
  parseCommandLine,
  Readiness,
} from '@imgsrv/platform';
import { CatalogueRevision, type SerializedDocument, serializeDocument, Surface } from '@imgsrv/streams';
import type { Request, Response } from 'express';
import { Access } from '../../apps/api/src/access/access.decorator.js';
import { AppModule } from '../../apps/api/src/app.module.js';
import { type Foundation, FoundationModule } from '../../apps/api/src/foundation.module.js';
import { DescribeDocument } from '../../apps/api/src/surface/document.openapi.js';
import { sendDocument } from '../../apps/api/src/surface/send-document.js';
import { OpenedDatabase } from '../support/database.js';
import { type Answer, HttpClient } from '../support/http-client.js';
import { createTemporaryFolder } from '../support/temporary-folder.js';
import { SILENT } from './auth-database.js';
import { StreamsCatalog } from './streams-catalog.js';

class PageUnavailableError extends Error {}

/** A second surface, as small as one can be: a page that lists the aliases of published versions. */
class AliasPage extends Surface<readonly string[], { readonly page: SerializedDocument }> {
  renders = 0;
  faults: unknown[] = [];
  isBroken = false;

  constructor(revision: CatalogueRevision) {
    super(revision, {
      read: () =>
        revision.snapshot(async (connection) => {
          const rows = await connection.rows<{ alias: string }>('SELECT alias FROM aliases ORDER BY alias');
          return rows.map(({ alias }) => alias);
        }),
      render: async (aliases) => {
        if (this.isBroken) throw new TypeError('a defect');
        return { page: await serializeDocument(`<p>${aliases.join()}</p>`, 'text/html; charset=utf-8') };
      },
      rendered: () => {
        this.renders += 1;
      },
      rejected: (fault) => {
        this.faults.push(fault);
        return new PageUnavailableError();
      },
    });
  }
}

@Controller('aliases.html')
@Access('anonymous')
class AliasPageController {
  constructor(private readonly surface: AliasPage) {}

  @Get()
  @DescribeDocument('text/html', { type: 'string' })
  async get(@Req() request: Request, @Res() response: Response): Promise<void> {
    const { page, lastModified } = await this.surface.current();
    sendDocument(request, response, page, lastModified);
  }
}

@Module({})
class AliasPageModule {
  static with(foundation: DynamicModule): DynamicModule {
    return {
      module: AliasPageModule,
      imports: [foundation],
      controllers: [AliasPageController],
      providers: [
        {
          provide: AliasPage,
          useFactory: (revision: CatalogueRevision) => new AliasPage(revision),
          inject: [CatalogueRevision],
        },
      ],
    };
  }
}

let opened: OpenedDatabase;
let database: Database;
let catalog: StreamsCatalog;

beforeEach(async () => {
  opened = await OpenedDatabase.open();
  ({ database } = opened);
  catalog = new StreamsCatalog(database);
});

afterEach(() => opened.close());

const textOf = ({ page }: { readonly page: SerializedDocument }) => page.plain.toString();

describe('a second surface', () => {
  let page: AliasPage;

  beforeEach(async () => {
    page = new AliasPage(new CatalogueRevision(database));
    await catalog.pointAlias('stable', await catalog.publishNew('debian', '12'));
  });

  it('shows what was committed before the call, rendered once however many ask', async () => {
    const all = await Promise.all(Array.from({ length: 50 }, () => page.current()));
    expect(new Set(all).size).toBe(1);
    expect(all.map(textOf)[0]).toBe('<p>stable</p>');
    expect(await page.current()).toBe(all[0]);
    expect(page.renders).toBe(1);
    await catalog.pointAlias('testing', await catalog.publishNew('debian', '13'));
    expect(textOf(await page.current())).toBe('<p>stable,testing</p>');
  });

  it('shares the question for the revision with other surfaces of the process', async () => {
    const revision = new CatalogueRevision(database);
    const use = jest.spyOn(database, 'use');
    const surfaces = Array.from({ length: 20 }, () => new AliasPage(revision));
    await Promise.all(surfaces.map((surface) => surface.current()));
    // One that runs, and one for all that came meanwhile.
    expect(use.mock.calls.length).toBeLessThanOrEqual(2);
    use.mockRestore();
  });

  it('rejects with its own error when it has never been rendered', async () => {
    page.isBroken = true;
    await expect(page.current()).rejects.toBeInstanceOf(PageUnavailableError);
    expect(page.faults).toEqual([new TypeError('a defect')]);
  });

  it('stays as it was when it cannot be rendered, and tries again once something changes', async () => {
    const before = await page.current();
    page.isBroken = true;
    await catalog.pointAlias('testing', await catalog.publishNew('debian', '13'));
    expect((await page.current()).page).toBe(before.page);
    expect((await page.current()).page).toBe(before.page);
    expect(page.faults).toHaveLength(1);
    page.isBroken = false;
    await catalog.pointAlias('unstable', await catalog.publishNew('debian', '14'));
    expect(textOf(await page.current())).toBe('<p>stable,testing,unstable</p>');
  });
});

describe('its route, beside all others of the api', () => {
  let server: ListeningServer;
  let close: () => Promise<void>;

  beforeEach(async () => {
    const folder = await createTemporaryFolder('surface');
    const storageDir = join(folder.path, 'store');
    await mkdir(storageDir);
    const flags = ['--postgres-url', opened.url, '--storage-dir', storageDir, '--metrics-listen', ''];
    const command = parseCommandLine('api', flags, {});
    if (command.kind !== 'run') throw new Error('the flags start nothing');
    const { config } = command;
    const store = openObjectStore(config, SILENT);
    if (store === undefined) throw new Error('the flags name no store');
    const parts: Foundation = { config, logger: SILENT, database, store };
    const { imports = [], ...root } = AppModule.with(parts, new Readiness([], SILENT));
    const app = await NestFactory.create(
      { ...root, imports: [...imports, AliasPageModule.with(FoundationModule.with(parts))] },
      { logger: false, abortOnError: false },
    );
    await app.init();
    const listener = app.getHttpAdapter().getInstance() as Parameters<typeof listenHttp>[0];
    server = await listenHttp(listener, { host: '127.0.0.1', port: 0 }, { logger: SILENT });
    close = async () => {
      await server.close(0);
      await app.close();
      await store.close();
      await folder.remove();
    };
    await catalog.pointAlias('stable', await catalog.publishNew('debian', '12'));
  });

  afterEach(() => close());

  const ask = (headers: Readonly<Record<string, string>> = {}, method = 'GET'): Promise<Answer> =>
    new HttpClient(server.url).send(method, '/aliases.html', { headers });

  it('sends the page with validators, compressed where that is accepted', async () => {
    const plain = await ask();
    expect(plain.bytes.toString()).toBe('<p>stable</p>');
    expect(plain.headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'public, max-age=60',
      vary: 'Accept-Encoding, Authorization',
    });
    const compressed = await ask({ 'accept-encoding': 'gzip' });
    expect(gunzipSync(compressed.bytes)).toEqual(plain.bytes);
    expect((await ask({ 'if-none-match': plain.headers.etag ?? '' })).status).toBe(304);
    expect((await ask({ 'if-match': '"other"' })).status).toBe(412);
    expect((await ask({}, 'HEAD')).bytes).toHaveLength(0);
  });

  it('refuses a credential that is wrong, as every route for anyone does', async () => {
    expect((await ask({ authorization: 'Bearer wrong' })).status).toBe(401);
  });
});
