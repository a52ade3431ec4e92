import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { type ContractService, enroll, startContractService } from '../contract/contract-service.js';
import { describeWith } from '../fixtures/requirement.js';
import { RealIssuer } from '../oidc/real-issuer.js';
import { fileOfSize } from '../faults/store-files.js';
import { HttpClient } from '../support/http-client.js';
import { waitFor } from '../support/wait-for.js';
import { expectNoFaults } from './axe.js';
import { Browser } from './browser.js';
import type { BrowserPage } from './browser-page.js';

const AUDIENCE = 'urn:imgsrv:test';
const CONDITION = 'claims.project == "images"';

jest.setTimeout(120_000);

describeWith('browser', 'the pages of managers, in a browser', () => {
  let issuer: RealIssuer;
  let service: ContractService;
  let browser: Browser;
  let page: BrowserPage;
  let manager: HttpClient;
  let url: string;

  beforeAll(async () => {
    issuer = await RealIssuer.start();
    [service, browser] = await Promise.all([
      startContractService({
        flags: ['--oidc-ca-file', issuer.caFile, '--oidc-private-hosts', '127.0.0.1'],
      }),
      Browser.start(),
    ]);
    url = service.running.baseUrl;
    manager = await enroll(service, ['auth-manager', 'storage-manager']);
    page = await browser.open();
    await page.goTo(`${url}/sign-in`);
    await page.type('#token', manager.token ?? '');
    await page.follow('Sign in');
  }, 120_000);

  afterAll(async () => {
    await browser.close();
    await service.stop();
    await issuer.stop();
  }, 60_000);

  async function fill(fields: Readonly<Record<string, string>>): Promise<void> {
    for (const [id, text] of Object.entries(fields)) {
      await page.type(`#${id}`, text);
    }
  }

  it('shows managers their own pages, and none of those of others', async () => {
    expect((await page.text('nav[aria-label=Pages]')).split(/\s+/)).toEqual([
      ...['Images', 'Access', 'Rules', 'Audit', 'Storage'],
    ]);
  });

  it('add a principal, give it a role for some images, and issue a token that works', async () => {
    await page.goTo(`${url}/admin/principals`);
    await fill({ 'display-name': 'nightly builds' });
    await page.follow('Add');
    expect(await page.text('h1')).toBe('nightly builds');
    const [, id = ''] = /principals\/([^/?]+)/.exec(await page.url()) ?? [];
    await page.evaluate(`document.querySelector('#role').value = 'content-writer'`);
    await fill({ images: 'nightly-* debian' });
    await page.follow('Give');
    expect(await page.text('main')).toMatch(
      /The principal is changed[^]*content-writer\s+for nightly-\* debian/,
    );
    await fill({ 'token-name': 'laptop', days: '7' });
    await page.follow('Issue a token');
    const plaintext = await page.text('#issued');
    const holder = new HttpClient(url, plaintext);
    expect((await holder.get('/v1/auth/whoami')).members.principal).toMatchObject({ id });
    expect((await holder.post('/v1/images', { name: 'nightly-x' })).status).toBe(201);
    expect((await holder.post('/v1/images', { name: 'others' })).status).toBe(403);

    await page.follow('Done');
    expect(await page.text('main')).not.toContain(plaintext);
    await page.follow('Revoke the token laptop');
    expect((await holder.get('/v1/auth/whoami')).status).toBe(401);
    await page.follow('Take away the role content-writer');
    expect(await page.text('main')).not.toContain('for nightly-*');
    await page.follow('Disable');
    expect(await page.text('main')).toContain('disabled');
  });

  it('find in the audit log what was just done', async () => {
    await page.goTo(`${url}/admin/audit`);
    await fill({ action: 'role.assign' });
    await page.follow('Filter');
    expect(await page.text('main')).toMatch(/role\.assign[^]*content-writer/);
    await fill({ action: 'no.such' });
    await page.follow('Filter');
    expect(await page.text('main')).toContain('No event is like that.');
  });

  it('try a rule before it is saved, and mend it', async () => {
    await page.follow('Rules');
    expect(await page.text('main')).toContain('No tokens of other issuers are let in');
    await page.follow('Add a rule');
    await fill({ id: 'nightly', display_name: 'Nightly builds', issuer_url: issuer.url, audience: AUDIENCE });
    await fill({ condition: 'claims.project ==' });
    await page.follow('Try');
    expect(await page.text('.note.bad')).toMatch(/condition/i);
    expect(await page.evaluate(`document.querySelector('#audience').value`)).toBe(AUDIENCE);

    await fill({ forwarded_claims: 'project', condition: CONDITION, claims: '[]' });
    await page.follow('Try');
    expect(await page.text('.note.bad')).toBe(
      'The claims must be a JSON object, such as {"iss": "…", "sub": "…"}.',
    );
    const claims = { iss: issuer.url, sub: 'pipeline', aud: AUDIENCE, project: 'others' };
    await fill({ claims: JSON.stringify(claims) });
    await page.follow('Try');
    expect(await page.text('main')).toMatch(/It would be refused\.[^]*condition/);
    await fill({ claims: JSON.stringify({ ...claims, project: 'images' }) });
    await page.follow('Try');
    expect(await page.text('main')).toContain('It would be let in.');
    await fill({ 'sample-token': await issuer.token(AUDIENCE) });
    await page.follow('Try');
    expect(await page.text('main')).toContain('It would be let in.');
    expect(await page.evaluate(`document.querySelector('#sample-token').value`)).toBe('');
    await page.follow('Rules');
    expect(await page.text('main')).toContain('No tokens of other issuers are let in');
  });

  it('save a rule, which says what to think about, and its tokens are let in until it is deleted', async () => {
    await page.goTo(`${url}/admin/new-rule`);
    await fill({
      id: 'nightly',
      display_name: 'Nightly builds',
      issuer_url: 'https://127.0.0.1:1',
      audience: AUDIENCE,
    });
    await fill({
      forwarded_claims: 'project',
      condition: 'claims.project.startsWith("im")',
      image_patterns: 'nightly-*  debian',
    });
    await page.follow('Add the rule');
    expect(await page.text('.note.bad')).toMatch(/issuer/i);
    expect(await page.evaluate(`document.querySelector('#display_name').value`)).toBe('Nightly builds');
    await fill({ issuer_url: issuer.url });
    await page.follow('Add the rule');
    expect(await page.url()).toBe(`${url}/admin/rules/nightly?done=rule-saved`);
    expect(await page.text('main')).toMatch(
      /The rule is saved[^]*Think about it: The condition compares no claim with an exact value/,
    );
    const pipeline = new HttpClient(url, await issuer.token(AUDIENCE));
    expect((await pipeline.get('/v1/auth/whoami')).status).toBe(200);
    expect((await pipeline.post('/v1/images', { name: 'others' })).status).toBe(403);

    await page.evaluate(`document.querySelector('#enabled').value = 'no'`);
    await page.follow('Save');
    expect((await pipeline.get('/v1/auth/whoami')).status).toBe(401);
    await page.follow('Rules');
    expect(await page.text('main')).toMatch(
      /nightly\s+Nightly builds\s+switched off[^]*for nightly-\* debian/,
    );
    await page.follow('nightly');
    await page.follow('Delete the rule');
    expect(await page.text('main')).toMatch(/The rule is deleted[^]*No tokens of other issuers are let in/);
  });

  it('take every text of a rule for text', async () => {
    await page.goTo(`${url}/admin/new-rule`);
    const hostile = `"></textarea><img src=x onerror="window.hacked=1"><script>window.hacked=1</script>`;
    await fill({ id: 'hostile', display_name: hostile, issuer_url: issuer.url, audience: hostile });
    await fill({
      forwarded_claims: hostile,
      condition: `"${hostile.replaceAll('"', "'")}" == ""`,
      claims: hostile,
    });
    await page.follow('Try');
    await page.follow('Add the rule');
    expect(await page.url()).toContain('/admin/rules/hostile');
    for (const path of ['/admin/rules/hostile', '/admin/rules']) {
      await page.goTo(`${url}${path}`);
      expect(await page.evaluate('String(window.hacked) + document.images.length')).toBe('undefined0');
    }
    expect((await manager.send('DELETE', '/v1/auth/oidc-provisioning-rules/hostile')).status).toBe(204);
  });

  it('show what is stored, what is damaged, and what a collection would remove', async () => {
    const { publisher } = service;
    const kept = await publisher.uploadFile(randomBytes(50_000));
    await publisher.createImage('debian');
    await publisher.createVersion('debian', '1');
    await publisher.addArtifact('debian', '1', { format: 'raw', blob: kept });
    await publisher.publish('debian', '1');
    await page.goTo(`${url}/storage`);
    expect(await page.text('main')).toMatch(/In use\s+48\.8 KiB 1 blob[^]*Damaged blobs\s+None\./);
    await page.follow('Preview a collection');
    await page.waitForText('Would be removed');

    await rm(await fileOfSize(service.running.storageDir, kept.digest, 50_000));
    await service.anonymous.get(`/v1/blobs/${kept.digest}`).catch(() => undefined);
    await waitFor(
      async () => {
        await page.goTo(`${url}/storage`);
        return (await page.text('main')).includes(kept.digest);
      },
      { timeoutMs: 30_000, what: 'the damaged blob on the page' },
    );
    expect(await page.text('main')).toContain('bytes are missing');
  });

  it.each(['light', 'dark'] as const)('have no fault that axe finds, in %s colours', async (colours) => {
    const { members } = await manager.get('/v1/auth/whoami');
    const { id } = members.principal as { readonly id: string };
    const paths = ['/admin/principals', `/admin/principals/${id}`, '/admin/rules', '/admin/new-rule'];
    await expectNoFaults(page, url, [...paths, '/admin/audit', '/storage'], colours);
  });

  it('fit on the screen of a phone', async () => {
    await page.setWidth(360, 740);
    for (const path of ['/admin/principals', '/admin/rules', '/admin/new-rule', '/admin/audit', '/storage']) {
      await page.goTo(`${url}${path}`);
      expect({ path, width: await page.evaluate('document.documentElement.scrollWidth') }).toEqual({
        path,
        width: 360,
      });
    }
  });
});
