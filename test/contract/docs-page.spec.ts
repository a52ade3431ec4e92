import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describeWith } from '../fixtures/requirement.js';
import { ServiceProcess } from '../support/service-process.js';
import { createTemporaryFolder } from '../support/temporary-folder.js';
import { HttpClient } from '../support/http-client.js';

let api: ServiceProcess;
let client: HttpClient;

beforeAll(async () => {
  api = ServiceProcess.spawn('api', ['--listen', '127.0.0.1:0', '--metrics-listen', ''], {});
  await api.waitUntilListening();
  client = new HttpClient(api.url);
}, 60_000);

afterAll(async () => {
  api.kill();
  await api.exited;
});

it('is a page whose every file comes from the service', async () => {
  const page = await client.get('/docs');
  expect(page).toMatchObject({ status: 200, headers: { 'content-type': 'text/html; charset=utf-8' } });
  expect(page.headers['content-security-policy']).toMatch(/^default-src 'none'; script-src 'self';/);
  const html = page.bytes.toString();
  expect(html).toContain('<title>imgsrv API</title>');
  const files = [...html.matchAll(/(?:src|href)="([^"#]+)"/g)].map(([, path]) => path ?? '');
  expect(files.length).toBeGreaterThan(3);
  for (const path of files) {
    const { pathname, origin } = new URL(path, `${api.url}/docs`);
    const { status, headers, bytes } = await client.get(pathname);
    expect({ path, origin, status, isEmpty: bytes.length === 0 }).toEqual({
      path,
      origin: api.url,
      status: 200,
      isEmpty: false,
    });
    expect(headers['content-type']).toMatch(/^(?:text\/css|(?:text|application)\/javascript|image\/png)/);
  }
});

describeWith('browser', 'in a browser', () => {
  it('shows the operations, with no other host to ask', async () => {
    const profile = await createTemporaryFolder('browser');
    const { stdout, stderr } = await promisify(execFile)(
      'chromium',
      [
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        // The console of the page, on stderr.
        '--enable-logging=stderr',
        `--user-data-dir=${profile.path}`,
        '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1',
        '--virtual-time-budget=15000',
        '--dump-dom',
        `${api.url}/docs`,
      ],
      { maxBuffer: 32 * 2 ** 20, timeout: 60_000 },
    );
    expect(stderr).not.toMatch(/Content.Security.Policy|Refused to|Uncaught/i);
    const shown = [...stdout.matchAll(/id="operations-\w+-(\w+)"/g)].map(([, operation]) => operation);
    expect(shown).toEqual(expect.arrayContaining(['uploadsBegin', 'versionPublishingPublish']));
    expect([...stdout.matchAll(/(?:src|href)="(?:https?:)?\/\/[^"]*"/g)].map(([link]) => link)).toEqual([
      // Shown, not loaded.
      'href="https://spdx.org/licenses/"',
    ]);
  }, 90_000);
});
