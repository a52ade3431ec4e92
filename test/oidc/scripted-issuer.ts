import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import { createCertificate } from '../support/certificate.js';
import { createTemporaryFolder } from '../support/temporary-folder.js';

export const AUDIENCE = 'imgsrv';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** An issuer that answers whatever a test wants, over https with a certificate of its own. */
export class ScriptedIssuer {
  /** Paths of the requests it got. */
  readonly requests: string[] = [];
  /** What `/jwks` publishes. */
  keys: JWK[] = [];
  private readonly answers = new Map<string, Answer>();

  private constructor(
    readonly url: string,
    /** PEM of the authority behind its certificate. */
    readonly ca: string,
    /** Of the key `k1`. */
    readonly privateKey: CryptoKey,
    readonly publicJwk: JWK,
    private readonly end: () => Promise<void>,
  ) {
    this.reset();
  }

  static async start(): Promise<ScriptedIssuer> {
    const folder = await createTemporaryFolder('issuer');
    const files = await createCertificate(folder.path);
    const [cert, key] = await Promise.all([readFile(files.certificateFile), readFile(files.keyFile)]);
    const pair = await generateKeyPair('RS256', { extractable: true });
    const jwk = { ...(await exportJWK(pair.publicKey)), kid: 'k1', use: 'sig', alg: 'RS256' };
    const server = createServer({ cert, key });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const issuer = new ScriptedIssuer(url, cert.toString(), pair.privateKey, jwk, async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await folder.remove();
    });
    server.on('request', (request, response) => {
      issuer.answer(request, response);
    });
    return issuer;
  }

  /** Behaves again, and forgets who asked. */
  reset(): void {
    this.requests.length = 0;
    this.keys = [this.publicJwk];
    this.answers.clear();
    this.on('/.well-known/openid-configuration', (_request, response) => {
      sendJson(response, this.metadata());
    });
    this.on('/jwks', (_request, response) => {
      sendJson(response, { keys: this.keys });
    });
  }

  metadata(change: object = {}): object {
    return { issuer: this.url, jwks_uri: `${this.url}/jwks`, ...change };
  }

  on(path: string, answer: Answer): void {
    this.answers.set(path, answer);
  }

  /** The claims of a token that everything is right about. */
  claims(change: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
    const now = Math.floor(Date.now() / 1000);
    return {
      ...{ iss: this.url, sub: 'pipeline', aud: AUDIENCE, jti: 'job-1', team: 'images' },
      ...{ iat: now, nbf: now, exp: now + 300 },
      ...change,
    };
  }

  async sign(
    claims: Readonly<Record<string, unknown>> = this.claims(),
    header: Readonly<Record<string, unknown>> = {},
    key: CryptoKey | Uint8Array = this.privateKey,
  ): Promise<string> {
    return new SignJWT(claims)
      .setProtectedHeader({ alg: 'RS256', kid: 'k1', typ: 'JWT', ...header })
      .sign(key, { crit: { future: true } });
  }

  /** Signs texts that no library would make. */
  async signText(payload: string, header = '{"alg":"RS256","kid":"k1","typ":"JWT"}'): Promise<string> {
    const parts = [header, payload].map((part) => Buffer.from(part).toString('base64url')).join('.');
    const signature = await crypto.subtle.sign('RSASSA-PKCS1-v1_5', this.privateKey, Buffer.from(parts));
    return `${parts}.${Buffer.from(signature).toString('base64url')}`;
  }

  async close(): Promise<void> {
    await this.end();
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const path = request.url ?? '';
    this.requests.push(path);
    const answer = this.answers.get(path);
    if (answer === undefined) {
      response.writeHead(404).end();
    } else {
      answer(request, response);
    }
  }
}

export function sendJson(response: ServerResponse, body: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
