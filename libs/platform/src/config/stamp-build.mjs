// Writes down in dist/build-info.json what `--version` tells: IMGSRV_COMMIT and SOURCE_DATE_EPOCH
// (https://reproducible-builds.org/specs/source-date-epoch/) where they are set, as in the image; else what git says of
// this checkout, and the time. Never fails a build: what is not known is left out.
import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';

/** The commit of this checkout, and not of one that it happens to lie in. */
function commitOfCheckout() {
  if (!existsSync('.git')) return undefined;
  const git = (...words) =>
    execFileSync('git', words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  try {
    const dirty = git('status', '--porcelain', '--untracked-files=no') === '' ? '' : '-dirty';
    return git('rev-parse', 'HEAD') + dirty;
  } catch {
    return undefined;
  }
}

const { IMGSRV_COMMIT, SOURCE_DATE_EPOCH } = process.env;
const builtAt = /^\d{1,12}$/.test(SOURCE_DATE_EPOCH ?? '')
  ? new Date(Number(SOURCE_DATE_EPOCH) * 1000)
  : new Date();
const stamp = {
  commit: IMGSRV_COMMIT || commitOfCheckout(),
  builtAt: builtAt.toISOString().replace(/\.\d+Z$/, 'Z'),
};
writeFileSync('dist/build-info.json', `${JSON.stringify(stamp)}\n`);
