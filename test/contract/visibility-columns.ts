import { randomUUID } from 'node:crypto';
import { RealIssuer } from '../oidc/real-issuer.js';
import { HttpClient } from '../support/http-client.js';
import type { ContractService } from './contract-service.js';

const AUDIENCE = 'urn:imgsrv:readers';
/** A limited grant covers the images of this test, or those of somebody else. */
const ELSEWHERE = ['elsewhere-*'];

/** A sort of reader, and what it may see besides what is public. */
export interface Column {
  readonly name: string;
  readonly seesInternal: boolean;
  readonly seesPrivate: boolean;
  /** Of a read link for other images, which shows nothing of these. */
  readonly seesPublic?: false;
  readonly reader: HttpClient;
  /** Pages are for sessions and for headers. */
  readonly isLink?: true;
}

/** One reader of every sort. `prefix`: what the names of the images begin with, up to a separator. */
export async function makeColumns(
  service: ContractService,
  issuer: RealIssuer,
  prefix: string,
): Promise<readonly Column[]> {
  const here = [`${prefix}*`];
  const token = (roles: Roles) => enrollWith(service, roles);
  const bearer = async (roles: Roles) => new HttpClient(service.running.baseUrl, (await token(roles)).token);
  const nobody = await token({});
  const readerHere = await token({ 'content-reader': here });
  const none = { seesInternal: false, seesPrivate: false };
  const some = { seesInternal: true, seesPrivate: false };
  const all = { seesInternal: true, seesPrivate: true };
  return [
    { name: 'none', ...none, reader: service.anonymous },
    { name: 'no role', ...some, reader: new HttpClient(service.running.baseUrl, nobody.token) },
    { name: 'Basic', ...some, reader: basic(service, nobody.token) },
    { name: 'manager', ...some, reader: service.manager },
    { name: 'storage', ...some, reader: await bearer({ 'storage-manager': undefined }) },
    { name: 'admin alone', ...some, reader: await bearer({ 'content-admin': undefined }) },
    { name: 'reader', ...all, reader: await bearer({ 'content-reader': undefined }) },
    { name: 'reader in', ...all, reader: new HttpClient(service.running.baseUrl, readerHere.token) },
    { name: 'reader out', ...some, reader: await bearer({ 'content-reader': ELSEWHERE }) },
    { name: 'Basic in', ...all, reader: basic(service, readerHere.token) },
    { name: 'writer', ...all, reader: service.writer },
    { name: 'writer in', ...all, reader: await bearer({ 'content-writer': here }) },
    { name: 'writer out', ...some, reader: await bearer({ 'content-writer': ELSEWHERE }) },
    { name: 'OIDC in', ...all, reader: await oidc(service, issuer, here) },
    { name: 'OIDC out', ...some, reader: await oidc(service, issuer, ELSEWHERE) },
    { name: 'link', ...all, isLink: true, reader: await link(service, readerHere.id) },
    { name: 'link in', ...all, isLink: true, reader: await link(service, readerHere.id, here) },
    { name: 'link of no role', ...some, isLink: true, reader: await link(service, nobody.id, here) },
    {
      name: 'link out',
      ...none,
      seesPublic: false,
      isLink: true,
      reader: await link(service, readerHere.id, ELSEWHERE),
    },
  ];
}

type Roles = Readonly<Record<string, readonly string[] | undefined>>;

/** A new principal with a token. */
export async function enrollWith(
  { manager }: ContractService,
  roles: Roles,
): Promise<{ readonly id: string; readonly token: string }> {
  const person = await manager.post('/v1/auth/principals', { kind: 'service', display_name: 'reader' });
  const path = `/v1/auth/principals/${String(person.members.id)}`;
  for (const [role, image_patterns] of Object.entries(roles)) {
    const json = image_patterns === undefined ? {} : { image_patterns };
    expect((await manager.put(`${path}/roles/${role}`, json)).status).toBe(204);
  }
  const issued = await manager.post(`${path}/api-tokens`, { expires_at: inAnHour() });
  return { id: String(person.members.id), token: String(issued.members.plaintext) };
}

export function inAnHour(): string {
  return new Date(Date.now() + 3_600_000).toISOString();
}

/** Sends the credential as curl does: whatever user, and the token as the password. */
function basic({ running }: ContractService, token: string): HttpClient {
  const authorization = `Basic ${Buffer.from(`somebody:${token}`).toString('base64')}`;
  return new (class extends HttpClient {
    override send(...[method, path, call = {}]: Parameters<HttpClient['send']>) {
      return super.send(method, path, { ...call, headers: { ...call.headers, authorization } });
    }
  })(running.baseUrl);
}

async function link(
  { manager, running }: ContractService,
  principalId: string,
  image_patterns?: readonly string[],
): Promise<HttpClient> {
  const json = { expires_at: inAnHour(), ...(image_patterns === undefined ? {} : { image_patterns }) };
  const made = await manager.post(`/v1/auth/principals/${principalId}/read-links`, json);
  expect(made.status).toBe(201);
  return new LinkClient(running.baseUrl, String(made.members.path));
}

/** Puts the link in front of every path. */
export class LinkClient extends HttpClient {
  constructor(
    baseUrl: string,
    private readonly prefix: string,
  ) {
    super(baseUrl);
  }

  override send(...[method, path, call]: Parameters<HttpClient['send']>) {
    return super.send(method, `${this.prefix}${path}`, call);
  }
}

async function oidc(
  { manager, running }: ContractService,
  issuer: RealIssuer,
  image_patterns: readonly string[],
): Promise<HttpClient> {
  const audience = `${AUDIENCE}:${randomUUID()}`;
  const saved = await manager.post('/v1/auth/oidc-provisioning-rules', {
    display_name: 'readers',
    issuer_url: issuer.url,
    audience,
    condition: 'identity.subject == "pipeline"',
    assign_role_ids: ['content-reader'],
    image_patterns,
  });
  expect(saved).toMatchObject({ status: 201, members: { assign_role_ids: ['content-reader'] } });
  return new HttpClient(running.baseUrl, await issuer.token(audience));
}
