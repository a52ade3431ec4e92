import { type Caller, createOidc, type DraftRule, type Oidc } from '@imgsrv/auth';
import { exportJWK, generateKeyPair, exportSPKI, importJWK, type CryptoKey } from 'jose';
import { type AuthDatabase, SILENT, TRAIL, startAuthDatabase } from '../api/auth-database.js';
import { AUDIENCE, ScriptedIssuer, sendJson } from './scripted-issuer.js';

let auth: AuthDatabase;
let issuer: ScriptedIssuer;
let oidc: Oidc;
let clockMs: number;

beforeAll(async () => {
  auth = await startAuthDatabase();
  issuer = await ScriptedIssuer.start();
});
afterAll(async () => {
  await issuer.close();
  await auth.close();
});
beforeEach(async () => {
  issuer.reset();
  await auth.database.rows('TRUNCATE principals, oidc_provisioning_rules CASCADE');
  clockMs = 1_000_000;
  oidc = createOidc(
    auth.database,
    SILENT,
    {
      fetch: { privateHosts: ['127.0.0.1'], httpHosts: [], extraCertificates: issuer.ca, timeoutMs: 1000 },
      keys: { maxAgeMs: 600_000, maxStaleMs: 3_600_000, now: () => clockMs },
    },
    TRAIL,
  );
});

async function authenticate(text: string): Promise<Caller> {
  return oidc.authenticator.authenticate(oidc.authenticator.read(text));
}

function draft(change: Partial<DraftRule> = {}): DraftRule {
  return {
    displayName: 'pipeline',
    issuerUrl: issuer.url,
    audience: AUDIENCE,
    forwardedClaims: ['team', 'groups'],
    condition: 'identity.subject == "pipeline" && claims.team == "images"',
    jwksOrigins: [],
    roleIds: ['content-writer'],
    enabled: true,
    imageScope: 'all',
    ...change,
  };
}

async function storedPrincipals(): Promise<number> {
  return (await auth.database.rows('SELECT id FROM principals')).length;
}

async function otherKey(): Promise<CryptoKey> {
  return (await generateKeyPair('RS256')).privateKey;
}

async function publicKeyAsSecret(): Promise<Uint8Array> {
  const key = await importJWK({ ...issuer.publicJwk, ext: true }, 'RS256');
  return Buffer.from(await exportSPKI(key as CryptoKey));
}

const base64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** As JSON.stringify writes it: half a surrogate pair becomes an escape, which UTF-8 can carry. */
const signed = (change: object): Promise<string> =>
  issuer.signText(JSON.stringify({ ...issuer.claims(), ...change }));

const UNAUTHENTICATED = 'unauthenticated';
const now = (): number => Math.floor(Date.now() / 1000);

type Attack = readonly [name: string, token: () => Promise<string> | string];

const FORGED: readonly Attack[] = [
  ['alg none', () => `${base64({ alg: 'none', kid: 'k1' })}.${base64(issuer.claims())}.x`],
  [
    'HS256 with the public key',
    async () => issuer.sign(issuer.claims(), { alg: 'HS256' }, await publicKeyAsSecret()),
  ],
  ['a signature by another key', async () => issuer.sign(issuer.claims(), {}, await otherKey())],
  [
    'an altered payload',
    async () => {
      const [header, , signature] = (await issuer.sign()).split('.');
      return `${header}.${base64(issuer.claims({ sub: 'admin' }))}.${signature}`;
    },
  ],
  ['no kid', () => issuer.sign(issuer.claims(), { kid: undefined })],
  ['an unknown kid', () => issuer.sign(issuer.claims(), { kid: 'k2' })],
  [
    'a kid that two keys have',
    async () => {
      const { publicKey } = await generateKeyPair('RS256', { extractable: true });
      issuer.keys.push({ ...(await exportJWK(publicKey)), kid: 'k1', use: 'sig', alg: 'RS256' });
      return issuer.sign();
    },
  ],
  [
    'a key of its own (jwk)',
    async () => {
      const pair = await generateKeyPair('RS256', { extractable: true });
      return issuer.sign(issuer.claims(), { jwk: await exportJWK(pair.publicKey) });
    },
  ],
  ['an address of keys (jku)', () => issuer.sign(issuer.claims(), { jku: `${issuer.url}/evil` })],
  ['a certificate (x5c)', () => issuer.sign(issuer.claims(), { x5c: ['MIIB'] })],
  ['an address of certificates (x5u)', () => issuer.sign(issuer.claims(), { x5u: `${issuer.url}/evil` })],
  ['another type', () => issuer.sign(issuer.claims(), { typ: 'logout+jwt' })],
  ['an unknown crit', () => issuer.sign(issuer.claims(), { crit: ['future'], future: 1 })],
  ['an expired token', () => issuer.sign(issuer.claims({ exp: now() - 61 }))],
  ['no expiry', () => issuer.sign(issuer.claims({ exp: undefined }))],
  ['a token that is not valid yet', () => issuer.sign(issuer.claims({ nbf: now() + 90 }))],
  ['a token issued in the future', () => issuer.sign(issuer.claims({ iat: now() + 90 }))],
  ['no time of issue', () => issuer.sign(issuer.claims({ iat: undefined }))],
  ['an expiry in the far future', () => issuer.sign(issuer.claims({ exp: now() + 25 * 3600 }))],
  ['a token issued long ago', () => issuer.sign(issuer.claims({ iat: now() - 25 * 3600, exp: now() + 60 }))],
  ['another audience', () => issuer.sign(issuer.claims({ aud: 'other' }))],
  ['no audience', () => issuer.sign(issuer.claims({ aud: undefined }))],
  ['a list of other audiences', () => issuer.sign(issuer.claims({ aud: ['other', 'imgsrv2'] }))],
  ['an audience that is an object', () => issuer.sign(issuer.claims({ aud: { 0: AUDIENCE } }))],
  ['an issuer with a slash at the end', () => issuer.sign(issuer.claims({ iss: `${issuer.url}/` }))],
  ['an issuer in upper case', () => issuer.sign(issuer.claims({ iss: issuer.url.toUpperCase() }))],
  ['another issuer', () => issuer.sign(issuer.claims({ iss: 'https://169.254.169.254' }))],
  ['no issuer', () => issuer.sign(issuer.claims({ iss: undefined }))],
  ['no subject', () => issuer.sign(issuer.claims({ sub: undefined }))],
  ['a subject with a NUL', () => issuer.sign(issuer.claims({ sub: 'pipeline\0' }))],
  ['an issuer with a NUL', () => issuer.sign(issuer.claims({ iss: `${issuer.url}\0` }))],
  ['half a surrogate pair in its issuer', () => signed({ iss: `${issuer.url}\ud800` })],
  ['a kid with a NUL', () => issuer.sign(issuer.claims(), { kid: 'k1\0' })],
  ['a claim with a NUL', () => issuer.sign(issuer.claims({ team: { deep: ['images\0'] } }))],
  ['half a surrogate pair in a claim', () => signed({ groups: ['\udc00'] })],
  ['a claim whose name has a NUL', () => issuer.sign(issuer.claims({ 'x\0': 1 }))],
  ['a token of 1 MiB', () => issuer.sign(issuer.claims({ pad: 'x'.repeat(1024 * 1024) }))],
  [
    'a claim twice',
    () => issuer.signText(JSON.stringify(issuer.claims()).replace('{', '{"team":"images","team":"images",')),
  ],
  [
    'a header twice',
    () =>
      issuer.signText(
        JSON.stringify(issuer.claims()),
        '{"alg":"RS256","alg":"RS256","kid":"k1","typ":"JWT"}',
      ),
  ],
  [
    '__proto__ among the claims',
    () => issuer.signText(JSON.stringify(issuer.claims()).replace('{', '{"__proto__":{"team":"images"},')),
  ],
];

const UNMATCHED: readonly Attack[] = [
  ['a look-alike subject', () => issuer.sign(issuer.claims({ sub: 'pipeline2' }))],
  ['a subject in another case', () => issuer.sign(issuer.claims({ sub: 'Pipeline' }))],
  ['a subject of other letters that look the same', () => issuer.sign(issuer.claims({ sub: 'pipelіne' }))],
  ['a claim that is missing', () => issuer.sign(issuer.claims({ team: undefined }))],
  ['a claim of another type', () => issuer.sign(issuer.claims({ team: ['images'] }))],
];

describe('a token', () => {
  beforeEach(async () => {
    await oidc.rules.create(draft());
    issuer.requests.length = 0;
  });

  it.each([
    ['without fault', {}],
    ['for several audiences', { aud: ['other', AUDIENCE] }],
    ['from a clock that is 50 s ahead', { iat: now() + 50, nbf: now() + 50 }],
    ['that expired 30 s ago', { exp: now() - 30 }],
    ['without nbf and jti', { nbf: undefined, jti: undefined }],
  ])('%s is let in', async (_what, change) => {
    const caller = await authenticate(await issuer.sign(issuer.claims(change)));
    expect(caller).toMatchObject({
      displayName: 'oidc:pipeline',
      principalKind: 'user',
      roleIds: ['content-writer'],
      credential: { kind: 'oidc-token', id: expect.any(String) as string },
    });
  });

  it.each(FORGED)('with %s is refused with 401', async (_name, token) => {
    await expect(authenticate(await token())).rejects.toMatchObject({
      code: UNAUTHENTICATED,
    });
    expect(await storedPrincipals()).toBe(0);
  });

  it.each(UNMATCHED)('with %s is refused with 403', async (_name, token) => {
    await expect(authenticate(await token())).rejects.toMatchObject({
      code: 'no-matching-rule',
    });
    expect(await storedPrincipals()).toBe(0);
  });

  it('of an issuer that no rule names leads to no request', async () => {
    const token = await issuer.sign(issuer.claims({ iss: `${issuer.url}/tenant` }));
    await expect(authenticate(token)).rejects.toMatchObject({ code: UNAUTHENTICATED });
    expect(issuer.requests).toEqual([]);
  });

  it('of an issuer whose rules are all switched off leads to no request', async () => {
    const { items } = await oidc.rules.list({ limit: 10 });
    for (const rule of items) {
      await oidc.rules.replace(rule.id, draft({ enabled: false }));
    }
    await expect(authenticate(await issuer.sign())).rejects.toMatchObject({
      code: UNAUTHENTICATED,
    });
    expect(issuer.requests).toEqual([]);
  });

  it('for one audience is not let in by a rule for another, even with a condition that is always true', async () => {
    await oidc.rules.create(draft({ audience: 'elsewhere', condition: 'true' }));
    const token = await issuer.sign(issuer.claims({ sub: 'stranger' }));
    await expect(authenticate(token)).rejects.toMatchObject({ code: 'no-matching-rule' });
  });

  it('cannot make the keys be read for every unknown kid', async () => {
    for (let kid = 0; kid < 20; kid += 1) {
      await expect(
        authenticate(await issuer.sign(issuer.claims(), { kid: `x${kid}` })),
      ).rejects.toMatchObject({ code: UNAUTHENTICATED });
    }
    expect(issuer.requests.filter((path) => path === '/jwks').length).toBeLessThanOrEqual(2);
  });

  it('cannot see claims that are not forwarded', async () => {
    await oidc.rules.create(draft({ condition: 'has(claims.admin) || "admin" in claims' }));
    const token = await issuer.sign(issuer.claims({ sub: 'stranger', admin: true }));
    await expect(authenticate(token)).rejects.toMatchObject({ code: 'no-matching-rule' });
  });

  it('with a list that is too long for a condition does not match', async () => {
    await oidc.rules.create(draft({ condition: 'hasAny(claims.groups, ["a"])' }));
    const claims = (length: number) =>
      issuer.claims({ sub: 'member', groups: Array.from({ length }, () => 'a') });
    await expect(authenticate(await issuer.sign(claims(257)))).rejects.toMatchObject({
      code: 'no-matching-rule',
    });
    await expect(authenticate(await issuer.sign(claims(256)))).resolves.toBeDefined();
  });
});

describe('rules', () => {
  it('whose conditions this release refuses keep no other rule from letting in', async () => {
    await oidc.rules.create(draft({ condition: 'false' }));
    await auth.database.rows(`UPDATE oidc_provisioning_rules SET condition = 'claims.team.matches("x")'`);
    await expect(authenticate(await issuer.sign())).rejects.toMatchObject({
      code: 'no-matching-rule',
    });
    await oidc.rules.create(draft());
    await expect(authenticate(await issuer.sign())).resolves.toBeDefined();
  });

  it('that are many and slow let other requests have their turn', async () => {
    await oidc.rules.create(draft({ condition: 'claims.groups.exists(g, g.x || g.y)' }));
    await auth.database
      .rows(`INSERT INTO oidc_provisioning_rules (display_name, issuer_url, audience, forwarded_claims,
      condition, enabled) SELECT 'copy', issuer_url, audience, forwarded_claims, condition || ' || ' || n || ' == 0', true
      FROM oidc_provisioning_rules, generate_series(1, 200) n`);
    const token = await issuer.sign(issuer.claims({ groups: Array.from({ length: 256 }, () => 'a') }));
    // Processor time, as other work on the machine must not count.
    let longestMs = 0;
    let last = process.cpuUsage();
    const beat = setInterval(() => {
      const { user, system } = process.cpuUsage(last);
      longestMs = Math.max(longestMs, (user + system) / 1000);
      last = process.cpuUsage();
    }, 1);
    await expect(authenticate(token)).rejects.toMatchObject({ code: 'no-matching-rule' });
    clearInterval(beat);
    expect(longestMs).toBeLessThan(500);
  });
});

describe('an issuer', () => {
  const unreachable = { code: 'issuer-unreachable' };
  const mismatch = { code: 'issuer-mismatch' };
  const DISCOVERY = '/.well-known/openid-configuration';

  it('that redirects its discovery to a metadata address is not followed', async () => {
    issuer.on(DISCOVERY, (_request, response) => {
      // A body that would do: only the status says that this is not the answer.
      const headers = { location: `${issuer.url}/latest/meta-data`, 'content-type': 'application/json' };
      response.writeHead(302, headers).end(JSON.stringify(issuer.metadata()));
    });
    await expect(oidc.rules.create(draft())).rejects.toMatchObject(unreachable);
    expect(issuer.requests).toEqual([DISCOVERY]);
  });

  it.each([
    ['with a slash at the end', () => `${issuer.url}/`],
    ['in upper case', () => issuer.url.replace('https', 'HTTPS')],
    ['of somebody else', () => 'https://token.actions.githubusercontent.com'],
  ])('that names an issuer %s is refused', async (_what, named) => {
    issuer.on(DISCOVERY, (_request, response) => {
      sendJson(response, issuer.metadata({ issuer: named() }));
    });
    await expect(oidc.rules.create(draft())).rejects.toMatchObject({
      code: expect.stringMatching(/^issuer-(mismatch|unreachable)$/) as string,
    });
  });

  it.each([
    ['another host', () => 'https://keys.example/jwks'],
    ['another port', () => 'https://127.0.0.1:1/jwks'],
    ['plain http', () => 'http://127.0.0.1/jwks'],
  ])('with keys on %s is refused', async (_what, jwks) => {
    issuer.on(DISCOVERY, (_request, response) => {
      sendJson(response, issuer.metadata({ jwks_uri: jwks() }));
    });
    await expect(oidc.rules.create(draft())).rejects.toMatchObject(mismatch);
  });

  it.each([
    ['an unknown authority', () => createOidcWith({ extraCertificates: undefined })],
    ['a private address', () => createOidcWith({ privateHosts: [] })],
  ])('behind %s is refused and gets no request', async (_what, strict) => {
    await expect(strict().rules.create(draft())).rejects.toMatchObject(unreachable);
    expect(issuer.requests).toEqual([]);
  });

  it('behind a name that resolves to a private address is refused and gets no request', async () => {
    const issuerUrl = issuer.url.replace('127.0.0.1', 'localhost');
    await expect(
      createOidcWith({ privateHosts: [] }).rules.create(draft({ issuerUrl })),
    ).rejects.toMatchObject({
      ...unreachable,
      cause: expect.objectContaining({
        message: expect.stringContaining('not a public one') as string,
      }) as Error,
    });
    expect(issuer.requests).toEqual([]);
  });

  describe('with keys on another origin', () => {
    let origin: string;

    beforeEach(() => {
      origin = issuer.url.replace('127.0.0.1', 'localhost');
      issuer.on(DISCOVERY, (_request, response) => {
        sendJson(response, issuer.metadata({ jwks_uri: `${origin}/jwks` }));
      });
    });

    const both = (): Oidc => createOidcWith({ privateHosts: ['127.0.0.1', 'localhost'] });

    it('is refused, and the refusal says which origin to name', async () => {
      await expect(both().rules.create(draft())).rejects.toMatchObject({
        ...mismatch,
        message: expect.stringContaining(origin) as string,
      });
      expect(issuer.requests).toEqual([DISCOVERY]);
    });

    it('is let in by the rules that name the origin, and by no others', async () => {
      oidc = both();
      await oidc.rules.create(draft({ jwksOrigins: [origin] }));
      await expect(authenticate(await issuer.sign())).resolves.toBeDefined();
      await auth.database.rows(
        `INSERT INTO oidc_provisioning_rules (display_name, issuer_url, audience, forwarded_claims, condition, enabled)
         VALUES ('strict', $1, 'strict', '{}', 'true', true)`,
        [issuer.url],
      );
      const strict = await issuer.sign(issuer.claims({ aud: 'strict' }));
      await expect(authenticate(strict)).rejects.toMatchObject({ code: UNAUTHENTICATED });
    });

    it('counts no more once no rule names the origin, although its keys are known', async () => {
      oidc = both();
      const { rule } = await oidc.rules.create(draft({ jwksOrigins: [origin] }));
      await authenticate(await issuer.sign());
      issuer.reset();
      await oidc.rules.replace(rule.id, draft());
      await expect(authenticate(await issuer.sign())).rejects.toMatchObject({ code: UNAUTHENTICATED });
    });

    it('asks only public addresses there as well', async () => {
      oidc = createOidcWith({});
      await oidc.rules.create(draft({ jwksOrigins: [origin] }));
      await expect(authenticate(await issuer.sign())).rejects.toMatchObject({
        code: 'dependency-unavailable',
      });
      expect(issuer.requests).not.toContain('/jwks');
    });

    it.each(['http://127.0.0.1', 'https://keys.example/', 'https://keys.example/jwks', 'keys.example', '*'])(
      'cannot name %s as an origin',
      async (origin) => {
        await expect(both().rules.create(draft({ jwksOrigins: [origin] }))).rejects.toMatchObject({
          code: 'invalid-issuer',
        });
      },
    );
  });

  it('tells nobody what answers inside of the network: all failures read alike', async () => {
    const answers: [string, () => void][] = [
      ['a closed port', () => undefined],
      ['a private address', () => undefined],
      [
        'a status',
        () => {
          issuer.on(DISCOVERY, (_request, response) => response.writeHead(403).end());
        },
      ],
      [
        'no JSON',
        () => {
          issuer.on(DISCOVERY, (_request, response) => response.writeHead(200).end('SSH-2.0'));
        },
      ],
      [
        'another issuer',
        () => {
          issuer.on(DISCOVERY, (_request, response) => {
            sendJson(response, issuer.metadata({ issuer: 'https://o.example' }));
          });
        },
      ],
    ];
    const messages = new Set<string>();
    for (const [what, prepare] of answers) {
      issuer.reset();
      prepare();
      const issuerUrl = what === 'a closed port' ? 'https://127.0.0.1:1' : issuer.url;
      const strict = createOidcWith(what === 'a private address' ? { privateHosts: [] } : {});
      const error: unknown = await strict.rules
        .create(draft({ issuerUrl }))
        .catch((refusal: unknown) => refusal);
      expect(error).toMatchObject(unreachable);
      messages.add((error as Error).message);
    }
    expect(messages.size).toBe(1);
  });

  it('over http is refused', async () => {
    await expect(oidc.rules.create(draft({ issuerUrl: 'http://127.0.0.1' }))).rejects.toMatchObject({
      code: 'invalid-issuer',
    });
  });

  it.each<[string, () => void]>([
    [
      '10,000 keys',
      () => {
        issuer.keys = Array.from({ length: 10_000 }, () => ({ kty: 'RSA' }));
      },
    ],
    [
      'keys that drip slowly',
      () => {
        issuer.on('/jwks', (_request, response) => {
          response.writeHead(200, { 'content-type': 'application/json' });
          const drip = setInterval(() => response.write(' '), 50);
          response.on('close', () => {
            clearInterval(drip);
          });
        });
      },
    ],
    [
      'keys without end',
      () => {
        issuer.on('/jwks', (_request, response) => {
          const { keys } = issuer;
          sendJson(response, { keys, pad: 'x'.repeat(300 * 1024) });
        });
      },
    ],
    [
      'a key set that is none',
      () => {
        issuer.on('/jwks', (_request, response) => {
          sendJson(response, { keys: { k1: issuer.publicJwk } });
        });
      },
    ],
  ])('with %s makes its tokens wait, not wrong', async (_what, prepare) => {
    await oidc.rules.create(draft());
    prepare();
    const startedAtMs = performance.now();
    await expect(authenticate(await issuer.sign())).rejects.toMatchObject({
      code: 'dependency-unavailable',
      dependency: 'issuer',
    });
    expect(performance.now() - startedAtMs).toBeLessThan(5000);
  });

  it('that is down keeps its tokens working for a bounded time', async () => {
    await oidc.rules.create(draft());
    const token = await issuer.sign();
    await authenticate(token);
    issuer.on(DISCOVERY, (_request, response) => response.writeHead(500).end());

    clockMs += 600_000 + 3_600_000 - 1;
    await expect(authenticate(token)).resolves.toBeDefined();
    clockMs += 1;
    await expect(authenticate(token)).rejects.toMatchObject({
      code: 'dependency-unavailable',
    });
  });

  it('that is down is not asked again for every request', async () => {
    await oidc.rules.create(draft());
    issuer.on(DISCOVERY, (_request, response) => response.writeHead(500).end());
    issuer.requests.length = 0;
    for (let time = 0; time < 10; time += 1) {
      await expect(authenticate(await issuer.sign())).rejects.toMatchObject({
        code: 'dependency-unavailable',
      });
    }
    expect(issuer.requests).toEqual([DISCOVERY]);
  });

  it('whose new key is asked for while it is down makes the token wait, not wrong', async () => {
    await oidc.rules.create(draft());
    await authenticate(await issuer.sign());
    issuer.on(DISCOVERY, (_request, response) => response.writeHead(500).end());
    for (let time = 0; time < 2; time += 1) {
      await expect(authenticate(await issuer.sign(issuer.claims(), { kid: 'new' }))).rejects.toMatchObject({
        code: 'dependency-unavailable',
      });
    }
  });

  function createOidcWith(change: object): Oidc {
    return createOidc(
      auth.database,
      SILENT,
      {
        fetch: { privateHosts: ['127.0.0.1'], httpHosts: [], extraCertificates: issuer.ca, ...change },
        keys: { maxAgeMs: 1000, maxStaleMs: 0 },
      },
      TRAIL,
    );
  }
});

describe('a principal', () => {
  beforeEach(async () => {
    await oidc.rules.create(draft());
  });

  it('is made once, however many requests come first', async () => {
    const token = await issuer.sign();
    const callers = await Promise.all(Array.from({ length: 8 }, () => authenticate(token)));
    expect(new Set(callers.map(({ principalId }) => principalId)).size).toBe(1);
    expect(await storedPrincipals()).toBe(1);
  });

  it('knows its provider, subject and rule', async () => {
    const { principalId } = await authenticate(await issuer.sign());
    const { items } = await oidc.rules.list({ limit: 1 });
    expect(await auth.principals.get(principalId)).toMatchObject({
      attributes: { provider: issuer.url, subject: 'pipeline', rule_id: items[0]?.id },
      roleIds: [],
    });
  });

  it.each<[string, (id: Parameters<AuthDatabase['principals']['delete']>[0]) => Promise<unknown>]>([
    ['disabled', (id) => auth.principals.update(id, { disabled: true })],
    ['deleted', (id) => auth.principals.delete(id)],
  ])('that is %s is refused, and does not come back as another', async (_what, act) => {
    const token = await issuer.sign();
    const { principalId } = await authenticate(token);
    await act(principalId);
    for (let time = 0; time < 2; time += 1) {
      await expect(authenticate(token)).rejects.toMatchObject({
        reason: 'principal-disabled',
      });
    }
    expect(await storedPrincipals()).toBe(1);
  });
});
