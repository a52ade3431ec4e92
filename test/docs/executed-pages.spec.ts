import { copyFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describeWith, type Requirement } from '../fixtures/requirement.js';
import { createTemporaryFolder } from '../support/temporary-folder.js';
import { LauncherProcess } from '../standalone/launcher-process.js';
import { readMarkdown } from './markdown.js';
import { isCommands, looksAsShown, runCommands, type ExecutedBlock } from './page-commands.js';
import { pagesUnder, readPage } from './pages.js';
import { startPageService } from './page-service.js';

const CHECKOUT = join(import.meta.dirname, '..', '..');

jest.setTimeout(120_000);

/** What a page needs of the machine besides `curl`, `jq` and the image tools. */
const MORE_NEEDS: Readonly<Record<string, Requirement>> = {
  'docs/consumers/incus.md': 'incus',
  'docs/consumers/lxd.md': 'lxc',
  'docs/publishers/deltas.md': 'xdelta3',
};

/** Pages whose commands need an issuer outside of this machine. */
const NOT_EXECUTED = ['docs/auth-managers/github-actions.md', 'docs/auth-managers/gitlab-ci.md'];

const PAGES = ['docs/publishers', 'docs/consumers', 'docs/auth-managers']
  .flatMap(pagesUnder)
  .filter((page) => !NOT_EXECUTED.includes(page) && hasCommands(page));

function hasCommands(page: string): boolean {
  return readMarkdown(readPage(page)).blocks.some(isCommands);
}

/** Runs a page against a service of its own, and expects the output that it shows. */
async function execute(page: string): Promise<void> {
  const service = await startPageService(page);
  try {
    const { path: folder } = await createTemporaryFolder('page');
    if (service.certificateFile !== undefined) {
      await copyFile(service.certificateFile, join(folder, 'imgsrv.crt'));
    }
    const { blocks } = readMarkdown(readPage(page));
    expectAsShown(page, await runCommands(blocks, { folder, variables: service.variables }));
  } finally {
    await service.stop();
  }
}

function expectAsShown(page: string, executed: readonly ExecutedBlock[]): void {
  expect(executed.length).toBeGreaterThan(0);
  for (const { block, shown, output } of executed) {
    if (shown !== undefined && !looksAsShown(output, shown)) {
      throw new Error(`${page}:${block.line} shows\n${shown}\nbut the output is\n${output}`);
    }
  }
}

describe.each(PAGES)('%s', (page) => {
  const more = MORE_NEEDS[page];
  describeWith(['images', 'commands', ...(more === undefined ? [] : [more])], 'its commands', () => {
    it('do what it says', () => execute(page));
  });
});

describeWith(['images', 'commands'], 'docs/tutorial.md', () => {
  const { blocks } = readMarkdown(readPage('docs/tutorial.md'));
  const [start, announced, ...rest] = blocks;

  it('starts the service with the command that runs from an unchanged checkout', () => {
    expect(start).toMatchObject({ language: 'sh', words: ['service'], text: 'npm start\n' });
    const { scripts } = JSON.parse(readPage('package.json')) as { scripts: Record<string, string> };
    expect(scripts['start']).toMatch(/ dist\/apps\/standalone\/src\/main\.js$/);
  });

  it('leads from there to a published image', async () => {
    const { path: folder } = await createTemporaryFolder('tutorial');
    await symlink(join(CHECKOUT, 'apps'), join(folder, 'apps'));
    const launcher = LauncherProcess.start({ dataDir: join(folder, 'data') });
    try {
      const url = await launcher.waitUntilUp();
      const said = `${launcher.stdout}${launcher.stderr}`.replaceAll(url, 'http://localhost:8080');
      if (!looksAsShown(said, announced?.text ?? '')) {
        throw new Error(`the tutorial shows\n${announced?.text ?? ''}\nbut the output is\n${said}`);
      }
      const variables = { IMGSRV_URL: url, IMGSRV_ADMIN_TOKEN: launcher.token ?? '' };
      expectAsShown('docs/tutorial.md', await runCommands(rest, { folder, variables }));
    } finally {
      launcher.kill('SIGTERM');
      await launcher.exitCode;
    }
  });
});
