import { Controller, Delete, Get, Module, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import request from 'supertest';
import { Access } from '../../apps/api/src/access/access.decorator.js';
import { AccessModule } from '../../apps/api/src/access/access.module.js';
import { CONFIG, LOGGER } from '../../apps/api/src/foundation.module.js';
import { AuditTrail } from '@imgsrv/audit';
import { createOidc, OidcAuthenticator } from '@imgsrv/auth';
import { Database } from '@imgsrv/platform';
import { startTestApi, type TestApi } from './auth-api.js';
import { type AuthDatabase, SILENT, TRAIL, startAuthDatabase } from './auth-database.js';

@Controller('open')
@Access('anonymous')
class OpenController {
  @Get()
  read(): string {
    return 'open';
  }

  @Delete(':id')
  @Access('auth.manage')
  remove(): void {
    return;
  }
}

@Controller(['naked', 'bare'])
class NakedController {
  @Get()
  @Access('anonymous')
  read(): string {
    return 'declared';
  }

  @Delete([':id', 'all'])
  remove(): void {
    return;
  }
}

/** Inherits a route, but no rule for it. */
@Controller('heir')
class HeirController extends NakedController {}

@Module({})
class FoundationOfTest {}

@Module({})
class OidcOfTest {}

async function start(...controllers: Type[]): Promise<void> {
  const database = new Database({ applicationName: 'test', entities: [], migrations: [], logger: SILENT });
  const foundation = {
    module: FoundationOfTest,
    providers: [
      { provide: Database, useValue: database },
      { provide: LOGGER, useValue: SILENT },
      { provide: AuditTrail, useValue: TRAIL },
      { provide: CONFIG, useValue: { failedAuthLimit: 0 } },
    ],
    exports: [Database, LOGGER, AuditTrail, CONFIG],
  };
  const { authenticator } = createOidc(
    database,
    SILENT,
    {
      fetch: { httpHosts: [], privateHosts: [] },
      keys: { maxAgeMs: 0, maxStaleMs: 0 },
    },
    TRAIL,
  );
  const oidc = {
    module: OidcOfTest,
    providers: [{ provide: OidcAuthenticator, useValue: authenticator }],
    exports: [OidcAuthenticator],
  };
  @Module({ imports: [AccessModule.with(foundation, oidc)], controllers })
  class AppOfTest {}
  const app = await NestFactory.create(AppOfTest, { logger: false, abortOnError: false });
  try {
    await app.init();
  } finally {
    await app.close();
  }
}

describe('the start', () => {
  it('succeeds when every route has a rule of its own or of its controller', async () => {
    await expect(start(OpenController)).resolves.toBeUndefined();
  });

  it('fails when a route has no rule, and names it with every path', async () => {
    await expect(start(OpenController, NakedController)).rejects.toThrow(
      'DELETE /naked/:id (NakedController.remove), DELETE /naked/all (NakedController.remove), ' +
        'DELETE /bare/:id (NakedController.remove), DELETE /bare/all (NakedController.remove)',
    );
  });

  it('names no route that has a rule', async () => {
    await expect(start(OpenController, NakedController)).rejects.not.toThrow(/GET|OpenController/);
  });

  it('finds routes that a controller inherits', async () => {
    await expect(start(HeirController)).rejects.toThrow('DELETE /heir/:id (HeirController.remove)');
  });
});

describe('while Postgres is away', () => {
  let server: TestApi;
  beforeAll(async () => {
    server = await startTestApi('postgres://127.0.0.1:1/none', { isDatabaseThere: false });
  });
  afterAll(() => server.close());

  it('a token that may be valid gets a 503 that says when to try again, not a 401', async () => {
    const response = await whoami(server, 'imgsrv_at_0123456789ABCDEF_abcdefghijklmnopqrstuvwxyz01232u6THS');
    expect(response.status).toBe(503);
    expect(response.headers['retry-after']).toMatch(/^\d+$/);
    expect(response.headers['www-authenticate']).toBeUndefined();
    expect(response.body).toMatchObject({ type: 'urn:imgsrv:problem:dependency-unavailable', status: 503 });
  });

  it.each(['garbage', 'imgsrv_at_0123456789ABCDEF_abcdefghijklmnopqrstuvwxyz01232u6THT'])(
    'a text that was never a token gets its 401 all the same: %s',
    async (text) => {
      expect((await whoami(server, text)).status).toBe(401);
    },
  );

  it('a request without a token gets its 401 all the same', async () => {
    expect((await request(server.url).get('/v1/auth/whoami')).status).toBe(401);
  });
});

describe('two replicas', () => {
  let auth: AuthDatabase;
  let replicas: readonly TestApi[];
  beforeAll(async () => {
    auth = await startAuthDatabase();
    replicas = [await startTestApi(auth.url), await startTestApi(auth.url)];
  });
  afterAll(async () => {
    await Promise.all(replicas.map((replica) => replica.close()));
    await auth.close();
  });

  it('refuse a token from the moment that one of them answers its revocation', async () => {
    const [first, second] = replicas;
    if (first === undefined || second === undefined) {
      throw new Error('two replicas are needed');
    }
    const { issued: manager } = await auth.holder(['auth-manager']);
    for (let round = 0; round < 5; round++) {
      const { issued } = await auth.holder(['content-writer']);
      expect((await whoami(second, issued.plaintext)).status).toBe(200);
      const revoked = await request(first.url)
        .delete(`/v1/auth/api-tokens/${issued.token.id}`)
        .set('Authorization', `Bearer ${manager.plaintext}`);
      expect(revoked.status).toBe(204);
      expect((await whoami(second, issued.plaintext)).status).toBe(401);
    }
  });
});

function whoami(server: TestApi, token: string) {
  return request(server.url).get('/v1/auth/whoami').set('Authorization', `Bearer ${token}`);
}
