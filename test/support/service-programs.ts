import { execFile } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { build, type OutputFile, type Plugin, type PluginBuild } from 'esbuild';
import { NODE_FLAGS } from '../../libs/platform/src/lifecycle/node-flags.js';

const CHECKOUT = join(import.meta.dirname, '..', '..');
export const DIST = join(CHECKOUT, 'dist');
/** Laid out as `dist`: the programs find each other and what else they need by relative paths. */
const BUNDLES = join(DIST, 'bundles');

const PROGRAMS = {
  api: join('apps', 'api', 'src', 'main.js'),
  worker: join('apps', 'publisher-worker', 'src', 'main.js'),
  rebuild: join('apps', 'rebuild', 'src', 'main.js'),
  doctor: join('apps', 'doctor', 'src', 'main.js'),
  cli: join('apps', 'cli', 'src', 'main.js'),
  standalone: join('apps', 'standalone', 'src', 'main.js'),
} as const;

type ProgramName = keyof typeof PROGRAMS;

export type ServiceProcessName = Exclude<ProgramName, 'standalone' | 'cli'>;

/** Read files beside their own, or are asked for but not installed. */
export const EXTERNAL = [
  'pino',
  'pino-pretty',
  'swagger-ui-dist',
  '@fastify/static',
  '@nestjs/microservices',
  '@nestjs/websockets',
  'pg-native',
];

/** What an ES module has and a script has not. */
export const MODULE_IN_A_SCRIPT = {
  banner: { js: "const moduleUrl = require('node:url').pathToFileURL(__filename).href;" },
  define: {
    'import.meta.url': 'moduleUrl',
    'import.meta.dirname': '__dirname',
    'import.meta.filename': '__filename',
  },
};

const RUN_BUNDLE = join(import.meta.dirname, 'run-bundle.mjs');

/** Tells the processes of this run to start bundles. */
const BUNDLED_VARIABLE = 'IMGSRV_TEST_BUNDLED';

/** The program as `nest build` made it, in a run of Jest bundled into one file. */
export function serviceProgram(name: ProgramName): string {
  return process.env[BUNDLED_VARIABLE] === undefined ? builtProgram(name) : join(BUNDLES, PROGRAMS[name]);
}

/** The program as `nest build` made it and users start it: thousands of files. */
export function builtProgram(name: ProgramName): string {
  return join(DIST, PROGRAMS[name]);
}

/**
 * Makes one script of each program and has V8 keep its compiled code: a start then takes a third of the processor time, as
 * Node spends the rest on finding and compiling 2,000 modules. Does nothing when that script is newer than everything it is
 * made of, or when nothing was built.
 */
export async function bundlePrograms(): Promise<void> {
  process.env[BUNDLED_VARIABLE] = '1';
  const names = Object.keys(PROGRAMS) as ProgramName[];
  const entryPoints = names.map((name) => join(DIST, PROGRAMS[name]));
  if (!entryPoints.every((file) => existsSync(file)) || !names.some(isOutdated)) {
    return;
  }
  const outputFiles = await bundle(entryPoints, BUNDLES);
  for (const { path, contents, text } of outputFiles) {
    await replaceFile(path, path.endsWith('.cjs') ? inAscii(text) : contents);
  }
  await Promise.all(names.map(keepCode));
  for (const name of names) {
    await replaceFile(
      join(BUNDLES, PROGRAMS[name]),
      `import { runBundle } from '${pathToFileURL(RUN_BUNDLE).href}';\nrunBundle(import.meta.dirname);\n`,
    );
  }
}

/** Makes one script of each of these programs, out of what `nest build` made of their modules and the plugins of it. */
async function bundle(
  entryPoints: readonly string[],
  outdir: string,
  plugins: readonly Plugin[] = [],
): Promise<readonly OutputFile[]> {
  const { outputFiles } = await build({
    ...MODULE_IN_A_SCRIPT,
    entryPoints: [...entryPoints],
    outbase: DIST,
    outdir,
    outExtension: { '.js': '.cjs' },
    bundle: true,
    write: false,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    // Code that V8 kept has lost what import() needs: it becomes require().
    supported: { 'dynamic-import': false },
    // Short lines: Node prints the one in which an error occurred.
    ...{ minifyWhitespace: true, lineLimit: 160, legalComments: 'none', charset: 'ascii' },
    keepNames: true,
    sourcemap: 'linked',
    sourcesContent: false,
    external: EXTERNAL,
    plugins: [{ name: 'no await outside of functions', setup: awaitInAFunction }, ...plugins],
    logLevel: 'error',
  });
  return outputFiles;
}

/**
 * Makes scripts of programs whose modules the plugins have changed, in a folder of `dist` that has this name; gives the path of each. They
 * are for one test and take as long to start as without code that V8 keeps.
 */
export async function bundleChanged(
  folder: string,
  names: readonly ServiceProcessName[],
  plugins: readonly Plugin[],
): Promise<ReadonlyMap<string, string>> {
  const outdir = join(DIST, folder);
  const entryPoints = names.map((name) => join(DIST, PROGRAMS[name]));
  for (const { path, contents, text } of await bundle(entryPoints, outdir, plugins)) {
    await replaceFile(path, path.endsWith('.cjs') ? inAscii(text) : contents);
  }
  return new Map(names.map((name) => [name, join(outdir, PROGRAMS[name].replace(/\.js$/, '.cjs'))]));
}

/** esbuild escapes what is in strings; the rest is in regular expressions, which know the same escape. */
function inAscii(program: string): string {
  return program.replaceAll(
    /[^\0-\x7f]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Another run of Jest may be starting the program that is there. */
async function replaceFile(path: string, contents: Uint8Array | string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const written = `${path}.${process.pid}`;
  await writeFile(written, contents);
  await rename(written, path);
}

/** A module may await where a script may not; of ours only those that are run do. What they require belongs to the bundle. */
function awaitInAFunction(bundle: PluginBuild): void {
  bundle.onLoad({ filter: /\/main\.js$/ }, async ({ path }) => {
    if (!path.startsWith(join(DIST, 'apps'))) {
      return undefined;
    }
    const [, body] =
      /^import .*createRequire.*\n[^]*^const require = .*\n([^]*)$/m.exec(await readFile(path, 'utf8')) ?? [];
    if (body === undefined) {
      throw new Error(`${path} does not load its program as the others do`);
    }
    return { contents: `void (async () => {\n${body}\n})();\n` };
  });
}

async function keepCode(name: ProgramName): Promise<void> {
  const flags = name === 'standalone' || name === 'cli' ? [] : NODE_FLAGS;
  const folder = dirname(join(BUNDLES, PROGRAMS[name]));
  await promisify(execFile)(process.execPath, [...flags, RUN_BUNDLE, folder, '--help']);
}

function isOutdated(name: ProgramName): boolean {
  const bundle = join(BUNDLES, PROGRAMS[name]);
  if (!existsSync(bundle)) {
    return true;
  }
  const bundledAt = statSync(bundle).mtimeMs;
  const parts = ['apps', 'libs', 'migrations'].flatMap((folder) =>
    readdirSync(join(DIST, folder), { recursive: true, encoding: 'utf8' }).map((file) =>
      join(DIST, folder, file),
    ),
  );
  return [...parts, join(CHECKOUT, 'package-lock.json'), import.meta.filename, RUN_BUNDLE].some(
    (file) => statSync(file).mtimeMs > bundledAt,
  );
}
