import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { enroll, startContractService } from '../contract/contract-service.js';
import { describeWith } from '../fixtures/requirement.js';
import { RealIssuer } from '../oidc/real-issuer.js';
import { startService } from '../support/service.js';
import { Browser } from './browser.js';
import { fillDemoCatalogue } from './demo-catalogue.js';

/** By hand: the folder for pictures of every page, at two widths, light and dark. */
const FOLDER = process.env.IMGSRV_TEST_SCREENSHOTS;
/** `npm run pictures`: those that the documentation shows. */
const PICTURES = join(import.meta.dirname, '..', '..', 'docs', 'pictures');
const PICTURE_SIZE = [1160, 640] as const;
const SIZES = { phone: [390, 844], desktop: [1280, 860] } as const;

jest.setTimeout(300_000);

(FOLDER === undefined ? describe.skip : describeWith.bind(undefined, ['browser', 'images']))(
  'pictures of the pages, for people to look at (by hand, with IMGSRV_TEST_SCREENSHOTS)',
  () => {
    it('are made', async () => {
      const folder = FOLDER ?? '';
      await mkdir(folder, { recursive: true });
      const empty = await startService({ workers: 0 });
      const issuer = await RealIssuer.start();
      const service = await startContractService({
        flags: [
          ...['--public-url', 'https://images.example', '--oidc-ca-file', issuer.caFile],
          ...['--oidc-private-hosts', '127.0.0.1'],
        ],
      });
      const browser = await Browser.start();
      try {
        await fillDemoCatalogue(service.publisher);
        const admin = await enroll(service, [
          'auth-manager',
          'content-writer',
          'content-admin',
          'storage-manager',
        ]);
        const page = await browser.open();
        const jobs = await service.publisher.call<{ id: string }>(
          'GET',
          '/v1/images/ubuntu/versions/26.04/publish-job',
        );
        const take = async (pages: Readonly<Record<string, string>>): Promise<void> => {
          for (const [name, url] of Object.entries(pages)) {
            for (const [size, [width, height]] of Object.entries(SIZES)) {
              await page.setWidth(width, height);
              for (const colours of ['light', 'dark'] as const) {
                await page.setColours(colours);
                await page.goTo(url);
                await writeFile(join(folder, `${name}-${size}-${colours}.png`), await page.picture());
              }
            }
          }
        };
        const at = (path: string): string => `${service.running.baseUrl}${path}`;
        await take({
          empty: empty.baseUrl,
          list: at('/'),
          search: at('/?q=linux'),
          nothing: at('/?q=windows'),
          image: at('/images/debian'),
          version: at('/images/debian/13.1'),
          deprecated: at('/images/debian/13.0'),
          missing: at('/images/nobody'),
          'sign-in': at('/sign-in'),
        });
        await page.setCookie({ name: 'imgsrv-session', value: admin.token, url: service.running.baseUrl });
        await page.setCookie({
          name: '__Host-imgsrv-session',
          value: admin.token,
          url: service.running.baseUrl,
          secure: true,
          path: '/',
        });
        await take({
          'writer-image': at('/images/debian'),
          'writer-version': at('/images/debian/13.1'),
          draft: at('/images/debian/13.2-rc.1'),
          drafts: at('/drafts'),
          uploads: at('/uploads'),
          jobs: at('/jobs'),
          job: at(`/jobs/${jobs.id}`),
        });
        const rule = {
          ...{ display_name: 'Nightly builds', issuer_url: issuer.url, audience: 'https://images.example' },
          ...{ forwarded_claims: ['project', 'ref'], image_patterns: ['nightly-*', 'build-agent'] },
          condition: 'claims.project == "images" && claims.ref == "refs/heads/main"',
        };
        const saved = await admin.post('/v1/auth/oidc-provisioning-rules', { ...rule, id: 'nightly-builds' });
        expect(saved.status).toBe(201);
        const { members } = await admin.get('/v1/auth/whoami');
        const { id } = members.principal as { readonly id: string };
        await take({
          principals: at('/admin/principals'),
          principal: at(`/admin/principals/${id}`),
          rules: at('/admin/rules'),
          rule: at('/admin/rules/nightly-builds'),
          'new-rule': at('/admin/new-rule'),
          audit: at('/admin/audit'),
          storage: at('/storage'),
        });
        if (process.env.IMGSRV_TEST_PICTURES !== undefined) {
          await mkdir(PICTURES, { recursive: true });
          await page.setWidth(...PICTURE_SIZE);
          for (const [name, path, colours] of [
            ['images', '/', 'light'],
            ['version', '/images/debian/13.1', 'light'],
            ['publishes', '/jobs', 'dark'],
            ['rule', '/admin/rules/nightly-builds', 'light'],
          ] as const) {
            await page.setColours(colours);
            await page.goTo(at(path));
            await writeFile(join(PICTURES, `${name}.webp`), await page.view());
          }
        }
        expect(page.complaints).toEqual([]);
      } finally {
        await browser.close();
        await service.stop();
        await issuer.stop();
        await empty.stop();
      }
    });
  },
);
