import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type BuildInfo, describeBuild, readBuildInfo } from './build-info.js';
import { VERSION } from './version.js';

const SCRIPT = join(import.meta.dirname, 'stamp-build.mjs');

describe('build info', () => {
  const folder = mkdtempSync(join(tmpdir(), 'imgsrv-build-'));
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  /** Stamps a build in a folder that is no checkout. */
  function stamp(environment: NodeJS.ProcessEnv): BuildInfo {
    const cwd = mkdtempSync(join(folder, 'checkout-'));
    mkdirSync(join(cwd, 'dist'));
    execFileSync(process.execPath, [SCRIPT], { cwd, env: environment });
    return readBuildInfo(pathToFileURL(join(cwd, 'dist', 'build-info.json')));
  }

  it('says what the build was told', () => {
    const commit = 'abcdef0123456789abcdef0123456789abcdef01';
    expect(stamp({ IMGSRV_COMMIT: commit, SOURCE_DATE_EPOCH: '1769860800' })).toEqual({
      version: VERSION,
      commit,
      builtAt: '2026-01-31T12:00:00Z',
    });
  });

  it('leaves out a commit that nobody knows', () => {
    const { commit, builtAt } = stamp({ PATH: process.env.PATH, SOURCE_DATE_EPOCH: 'yesterday' });
    expect(commit).toBeUndefined();
    expect(Date.now() - Date.parse(builtAt ?? '')).toBeLessThan(60_000);
  });

  it.each(['', 'no json', '[]', 'null', '{"commit":7,"builtAt":{}}'])('takes %j for no stamp', (content) => {
    const file = join(folder, 'stamp.json');
    writeFileSync(file, content);
    expect(readBuildInfo(pathToFileURL(file))).toEqual({ version: VERSION });
  });

  it.each([
    [{}, '1.2.3 (unknown commit)'],
    [{ builtAt: '2026-01-31T12:00:00Z' }, '1.2.3 (unknown commit, built 2026-01-31T12:00:00Z)'],
    [{ commit: 'abcdef0123456789' }, '1.2.3 (commit abcdef012345)'],
    [{ commit: 'abcdef0123456789-dirty' }, '1.2.3 (commit abcdef012345-dirty)'],
    [{ commit: 'abcdef0' }, '1.2.3 (commit abcdef0)'],
  ])('describes %j', (known, text) => {
    expect(describeBuild({ version: '1.2.3', ...known })).toBe(text);
  });
});
