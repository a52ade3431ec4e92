import { randomBytes, randomUUID } from 'node:crypto';
import { type ContractService, enroll, startContractService } from '../contract/contract-service.js';
import type { PublisherClient } from '../fixtures/publisher-client.js';
import { describeWith } from '../fixtures/requirement.js';
import type { HttpClient } from '../support/http-client.js';
import { expectNoFaults } from './axe.js';
import { Browser } from './browser.js';
import type { BrowserPage } from './browser-page.js';

/** Would run a script, leave its attribute, or end its element, if anything let it. */
const HOSTILE = `</title><img src=x onerror="window.hacked=1"><script>window.hacked=1</script>" onfocus="window.hacked=1" autofocus x='{{7*7}}\${7*7}`;

jest.setTimeout(120_000);

describeWith('browser', 'the pages, in a browser', () => {
  let service: ContractService;
  let publisher: PublisherClient;
  let admin: HttpClient;
  let browser: Browser;
  let page: BrowserPage;
  let url: string;

  beforeAll(async () => {
    [service, browser] = await Promise.all([startContractService(), Browser.start()]);
    ({ publisher } = service);
    url = service.running.baseUrl;
    admin = await enroll(service, ['content-writer', 'content-admin']);
    await publisher.createImage('debian', {
      display_name: 'Debian GNU/Linux',
      description: 'The universal one',
    });
    await declare('debian', '13.0');
    await publisher.publish('debian', '13.0');
    await declare('debian', '13.1');
    await publisher.publish('debian', '13.1');
    await publisher.setAlias('debian', 'latest', '13.1');
    page = await browser.open();
  }, 120_000);

  afterAll(async () => {
    await browser.close();
    await service.stop();
  }, 60_000);

  async function declare(image: string, version: string, bytes = randomBytes(4096)): Promise<void> {
    await publisher.createVersion(image, version);
    const blob = await publisher.uploadFile(bytes);
    await publisher.addArtifact(image, version, { format: 'raw', blob });
  }

  async function signIn(token = admin.token ?? ''): Promise<void> {
    await page.goTo(`${url}/sign-in`);
    await page.type('#token', token);
    await page.follow('Sign in');
  }

  it('lead from the list to an image, and to the bytes of a version', async () => {
    await page.goTo(url);
    expect(await page.text('.images')).toMatch(/debian\s+Debian GNU\/Linux\s+The universal one/);
    await page.follow('debian');
    expect(await page.text('main')).toMatch(/13\.1\s+latest[^]*13\.0/);
    expect(await page.text('#use-imgsrv')).toBe(`export IMGSRV_URL=${url}\nimgsrv pull debian:latest`);
    await page.follow('13.0');
    expect(await page.text('main')).toContain('not shown');
    const command = await page.text('#use-curl');
    const [download] = /http:\S+/.exec(command) ?? [];
    expect((await fetch(download ?? '')).status).toBe(200);
  });

  it('copy a command', async () => {
    await page.allowClipboard(url);
    await page.goTo(`${url}/images/debian`);
    await page.evaluate(`navigator.clipboard.writeText = async (text) => { window.copied = text; }`);
    await page.evaluate(`document.querySelector('[data-copy=use-imgsrv]').click()`);
    await page.waitForText('Copied');
    expect(await page.evaluate('window.copied')).toBe(`export IMGSRV_URL=${url}\nimgsrv pull debian:latest`);
  });

  it('search while one types', async () => {
    await page.goTo(url);
    await page.type('#q', 'UNIversal');
    await page.waitForText('1 image with “UNIversal”');
    expect(await page.url()).toBe(`${url}/?q=UNIversal`);
    await page.type('#q', '%');
    await page.waitForText('Nothing is called that');
  });

  it('do all this without scripts', async () => {
    await page.setScripts(false);
    await page.goTo(url);
    expect(await page.text('#results')).toContain('1 image');
    const missing = await service.anonymous.get('/?q=debian&cursor=x', { accept: 'text/html' });
    expect(missing.status).toBe(400);
    const found = await service.anonymous.get('/?q=debian', { accept: 'text/html' });
    expect(found.bytes.toString()).toContain('1 image with “debian”');
    await page.setScripts(true);
  });

  it('let nobody in with a wrong token, and say so', async () => {
    await signIn('imgsrv_at_0123456789ABCDEF_abcdefghijklmnopqrstuvwxyz01232u6THS');
    expect(await page.text('main')).toMatch(/Sign in to go on\s+The API token is not known here/);
    expect(await page.cookies()).toEqual([]);
  });

  it('follow a publish to its end, without being asked to', async () => {
    await Promise.all(
      service.running.workers.map(async (worker) => {
        worker.kill('SIGTERM');
        await worker.exited;
      }),
    );
    await page.goTo(`${url}/jobs`);
    expect(await page.text('main')).toContain('Sign in to go on');
    await page.type('#token', admin.token ?? '');
    await page.follow('Sign in');
    expect(await page.url()).toBe(`${url}/jobs`);
    expect(await page.cookies()).toMatchObject([
      { name: 'imgsrv-session', httpOnly: true, sameSite: 'Strict', session: true, path: '/' },
    ]);
    await publisher.createVersion('debian', '13.2');
    const { digest, sizeBytes } = await knownBlob();
    await publisher.addArtifact('debian', '13.2', { format: 'raw', blob: { digest, sizeBytes } });
    await page.goTo(`${url}/drafts`);
    await page.follow('debian 13.2');
    await page.follow('Publish');
    expect(await page.text('#live')).toContain('waits');
    await service.running.startWorker();
    await page.waitForText('See the published version');
    expect(await page.text('#live')).toMatch(/^published/);
    expect(await page.evaluate(`document.querySelector('#announcement').textContent`)).toBe('succeeded');
    await page.follow('See the published version');
    expect(await page.text('h1')).toBe('13.2');
  });

  /** Bytes that were verified before. */
  async function knownBlob(): Promise<{ digest: string; sizeBytes: number }> {
    const { artifacts } = await publisher.call<{
      artifacts: readonly { artifact: { primary_blob_digest: string; primary_blob_size_bytes: number } }[];
    }>('GET', '/v1/images/debian/refs/13.1');
    const [{ artifact } = { artifact: { primary_blob_digest: '', primary_blob_size_bytes: 0 } }] = artifacts;
    return { digest: artifact.primary_blob_digest, sizeBytes: artifact.primary_blob_size_bytes };
  }

  it('say why a publish failed, and try it again', async () => {
    const bytes = Buffer.concat([Buffer.from('QFI\xfb\0\0\0\x03', 'latin1'), randomBytes(4096)]);
    await declare('debian', 'broken', bytes);
    await expect(publisher.publish('debian', 'broken')).rejects.toThrow('qcow2');
    await page.goTo(`${url}/jobs`);
    expect(await page.text('.job')).toMatch(/failed[^]*declared as raw but its bytes are a qcow2/);
    await page.follow('Retry debian broken');
    await page.waitForText('attempt 2');
    await page.waitForText('failed');
    await page.follow('Give up debian broken');
    await page.waitForText('given up');
  });

  it('withdraw a version with its reason, and restore it', async () => {
    await page.goTo(`${url}/images/debian/13.0`);
    await page.click('Take this version back');
    await page.type('#reason', 'It contained a private key.');
    await page.follow('Withdraw');
    expect(await page.text('main')).toMatch(/The version is withdrawn[^]*13\.0\s+withdrawn/);
    const gone = await service.anonymous.get('/images/debian/13.0', { accept: 'text/html' });
    expect(gone).toMatchObject({ status: 410 });
    expect(gone.bytes.toString()).toContain('It contained a private key.');
    await page.follow('Restore 13.0');
    expect((await service.anonymous.get('/v1/images/debian/versions/13.0')).status).toBe(200);
  });

  it('move an alias, and take one away', async () => {
    await page.goTo(`${url}/images/debian`);
    await page.type('#alias', 'stable');
    await page.evaluate(`document.querySelector('#alias-version').value = '13.0'`);
    await page.follow('Set');
    expect(
      (await publisher.call<{ version: string }>('GET', '/v1/images/debian/aliases/stable')).version,
    ).toBe('13.0');
    await page.evaluate(`document.querySelector('#from-alias').value = 'latest'`);
    await page.type('#to-alias', 'stable');
    await page.follow('Promote');
    expect(await page.text('main')).toMatch(/The alias is promoted[^]*stable became 13\.\d/);
    await page.follow('Take back the promotion of stable');
    expect(await page.text('main')).toMatch(/The promotion is taken back[^]*stable went back to 13\.0/);
    await page.follow('Remove the alias stable');
    expect((await service.anonymous.get('/v1/images/debian/aliases/stable')).status).toBe(404);
  });

  it('take every text for text', async () => {
    const { id } = await service.manager
      .post('/v1/auth/principals', { kind: 'user', display_name: HOSTILE })
      .then(({ members }) => members as { id: string });
    const roles = ['content-writer', 'content-admin'].map(
      (role) => `/v1/auth/principals/${id}/roles/${role}`,
    );
    for (const path of roles) expect((await service.manager.send('PUT', path)).status).toBe(204);
    const token = await service.manager.post(`/v1/auth/principals/${id}/api-tokens`, {
      expires_at: new Date(Date.now() + 3_600_000).toISOString(),
    });
    const name = `hostile-${randomUUID()}`;
    await publisher.createImage(name, { display_name: HOSTILE, description: HOSTILE });
    await declare(name, '1');
    await publisher.call('PATCH', `/v1/images/${name}/versions/1`, {
      notes: HOSTILE,
      labels: { label: HOSTILE },
      source: { repository: `https://evil.example/?'onfocus=window.hacked=1'` },
    });
    await publisher.publish(name, '1');
    await publisher.call('POST', `/v1/images/${name}/versions/1/deprecation`, { reason: HOSTILE });
    await declare(name, '2');
    await publisher.publish(name, '2');
    await publisher.call('POST', '/v1/uploads', {
      expected_digest: `sha256:${'7'.repeat(64)}`,
      expected_size_bytes: 10,
      filename_hint: HOSTILE.replaceAll('/', '|'),
    });
    await page.goTo(url);
    await page.follow('Sign out');
    await signIn(String(token.members.plaintext));
    await publisher
      .call('POST', `/v1/images/${name}/versions/2/withdrawal`, { reason: HOSTILE })
      .catch(() => undefined);
    await admin.post(`/v1/images/${name}/versions/2/withdrawal`, { reason: HOSTILE });
    const query = `/?q=${encodeURIComponent(HOSTILE.slice(0, 190))}`;
    const complaints = page.complaints.length;
    for (const path of ['/', query, `/images/${name}`, `/images/${name}/1`, '/uploads', '/jobs', '/drafts']) {
      await page.goTo(`${url}${path}`);
      expect(await page.text()).toContain('onerror="window.hacked=1"');
      expect({ path, hacked: await page.evaluate('String(window.hacked)') }).toEqual({
        path,
        hacked: 'undefined',
      });
      expect({ path, images: await page.evaluate('document.images.length') }).toEqual({ path, images: 0 });
    }
    await page.goTo(`${url}/images/${name}/2`);
    expect(await page.text('main')).toContain('onerror="window.hacked=1"');
    expect(page.complaints.slice(complaints)).toEqual([]);
  });

  it.each(['light', 'dark'] as const)('have no fault that axe finds, in %s colours', async (colours) => {
    const publics = ['/', '/?q=nothing', '/images/debian', '/images/debian/13.1', '/sign-in', '/no-such'];
    await expectNoFaults(page, url, [...publics, '/jobs', '/uploads', '/drafts'], colours);
  });

  it('show notes as they are meant, and a version under the names of its aliases', async () => {
    await declare('debian', '13.9');
    await publisher.call('PATCH', '/v1/images/debian/versions/13.9', {
      notes: '# Changes\n\n- **cloud-init** waits for [the network](https://example.org/network)',
    });
    await publisher.publish('debian', '13.9');
    await publisher.setAlias('debian', 'next', '13.9');
    await page.goTo(`${url}/images/debian/next`);
    expect(await page.text('h1')).toBe('13.9');
    expect(await page.text('.prose h3')).toBe('Changes');
    expect(await page.text('.prose li strong')).toBe('cloud-init');
    expect(await page.evaluate(`document.querySelector('.prose a').rel`)).toBe(
      'nofollow noopener noreferrer',
    );
    expect(await page.text('.facts')).toContain('next');
    const missing = await service.anonymous.get('/images/debian/no-such', { accept: 'text/html' });
    expect(missing.status).toBe(404);
  });

  it('sign out', async () => {
    await page.goTo(url);
    await page.follow('Sign out');
    expect(await page.cookies()).toEqual([]);
    await page.goTo(`${url}/uploads`);
    expect(await page.text('main')).toContain('Sign in to go on');
  });

  it('fit on the screen of a phone', async () => {
    await page.setWidth(360, 740);
    for (const path of ['/', '/images/debian', '/images/debian/13.1', '/sign-in']) {
      await page.goTo(`${url}${path}`);
      expect({ path, width: await page.evaluate('document.documentElement.scrollWidth') }).toEqual({
        path,
        width: 360,
      });
    }
  });

  it('never had a token in an address, and the log has none', () => {
    const written = service.running.apis.map(({ stdout, stderr }) => `${stdout}${stderr}`).join('');
    expect(written).toContain('POST /sign-in 303');
    const secret = (admin.token ?? '').split('_')[3] ?? '';
    expect(secret.length).toBeGreaterThan(30);
    expect(written).not.toContain(secret);
    expect(page.asked.filter((asked) => asked.includes('imgsrv_at_'))).toEqual([]);
  });
});
