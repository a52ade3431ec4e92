import { join } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { DIST, EXTERNAL, MODULE_IN_A_SCRIPT } from './service-programs.js';

/**
 * Makes one script, of this name, of a TypeScript module and all that it imports, which the plugins may change; gives its path. It is below
 * the checkout, where packages are found that stay outside of it.
 */
export async function bundleScript(
  entry: string,
  name: string,
  plugins: readonly Plugin[] = [],
): Promise<string> {
  const outfile = join(DIST, 'test-scripts', `${name}.cjs`);
  await build({
    ...MODULE_IN_A_SCRIPT,
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    keepNames: true,
    tsconfig: join(import.meta.dirname, '..', '..', 'tsconfig.json'),
    external: EXTERNAL,
    plugins: [...plugins],
    logLevel: 'error',
  });
  return outfile;
}
