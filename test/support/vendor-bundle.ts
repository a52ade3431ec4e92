import { existsSync, statSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { build, type PluginBuild } from 'esbuild';
import { EXTERNAL, MODULE_IN_A_SCRIPT } from './service-programs.js';

const CHECKOUT = join(import.meta.dirname, '..', '..');
/** Everything large, and all that shares state with it. Jest finds each in `FOLDER` under its name. */
const PACKAGES = join(import.meta.dirname, 'bundled-packages.json');
const FOLDER = join(CHECKOUT, 'node_modules', '.cache', 'imgsrv-packages');
const SCRIPT = join(FOLDER, 'vendor.cjs');

/**
 * Makes one script of the packages that most suites load: Jest gives every suite modules of its own, and spends two
 * seconds of processor time on finding and compiling 2,500 files for each. Does nothing when the script is newer than the
 * lockfile and than this code.
 */
export async function bundlePackages(): Promise<void> {
  const parts = [join(CHECKOUT, 'package-lock.json'), import.meta.filename, PACKAGES];
  if (existsSync(SCRIPT) && parts.every((part) => statSync(part).mtimeMs < statSync(SCRIPT).mtimeMs)) {
    return;
  }
  const packages = JSON.parse(await readFile(PACKAGES, 'utf8')) as string[];
  const loaders = packages.map((name) => `exports['${name}'] = () => require('${name}');`);
  const { outputFiles } = await build({
    ...MODULE_IN_A_SCRIPT,
    stdin: { contents: loaders.join('\n'), resolveDir: CHECKOUT },
    outfile: SCRIPT,
    bundle: true,
    write: false,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    supported: { 'dynamic-import': false },
    keepNames: true,
    legalComments: 'none',
    external: [...EXTERNAL, 'reflect-metadata'],
    plugins: [{ name: 'one copy of each package', setup: resolveAsRequired }],
    logLevel: 'error',
  });
  for (const name of packages) {
    await replaceFile(join(FOLDER, `${name}.cjs`), `module.exports = require('${SCRIPT}')['${name}']();\n`);
  }
  for (const { contents } of outputFiles) {
    await replaceFile(SCRIPT, contents);
  }
}

/** A package that has one file for import and another for require() would be there twice. */
function resolveAsRequired(bundle: PluginBuild): void {
  const RESOLVING = Symbol('resolving');
  bundle.onResolve({ filter: /^[^./]/ }, async ({ path, kind, importer, resolveDir, pluginData }) => {
    if (pluginData === RESOLVING || kind === 'entry-point') {
      return undefined;
    }
    const options = { importer, resolveDir, pluginData: RESOLVING };
    const required = await bundle.resolve(path, { ...options, kind: 'require-call' });
    return required.errors.length === 0 ? required : bundle.resolve(path, { ...options, kind });
  });
}

/** Another run of Jest may be reading the file that is there. */
async function replaceFile(path: string, contents: Uint8Array | string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const written = `${path}.${process.pid}`;
  await writeFile(written, contents);
  await rename(written, path);
}
