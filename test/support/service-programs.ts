import { existsSync, readdirSync, statSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';

const CHECKOUT = join(import.meta.dirname, '..', '..');
const DIST = join(CHECKOUT, 'dist');
/** Laid out as `dist`: the programs find each other and what else they need by relative paths. */
const BUNDLES = join(DIST, 'bundles');

const PROGRAMS = {
  api: join('apps', 'api', 'src', 'main.js'),
  worker: join('apps', 'publisher-worker', 'src', 'main.js'),
  standalone: join('apps', 'standalone', 'src', 'main.js'),
} as const;

type ProgramName = keyof typeof PROGRAMS;

export type ServiceProcessName = Exclude<ProgramName, 'standalone'>;

/** Read files beside their own, or are asked for but not installed. */
const EXTERNAL = [
  'pino',
  'pino-pretty',
  'swagger-ui-dist',
  'xz-decompress',
  '@fastify/static',
  '@nestjs/microservices',
  '@nestjs/websockets',
  'pg-native',
];

const COMMONJS_IN_A_MODULE = `
import { createRequire as requireFrom } from 'node:module';
const require = requireFrom(import.meta.url);
const { filename: __filename, dirname: __dirname } = import.meta;
`;

/** Tells the processes of this run to start bundles. */
const BUNDLED_VARIABLE = 'IMGSRV_TEST_BUNDLED';

/** The program as `nest build` made it, in a run of Jest bundled into one file. */
export function serviceProgram(name: ProgramName): string {
  return join(process.env[BUNDLED_VARIABLE] === undefined ? DIST : BUNDLES, PROGRAMS[name]);
}

/**
 * Makes one file of each program, which starts in a third of the processor time: Node spends the rest on finding 2,000
 * modules. Does nothing when that file is newer than everything it is made of, or when nothing was built.
 */
export async function bundlePrograms(): Promise<void> {
  process.env[BUNDLED_VARIABLE] = '1';
  const names = Object.keys(PROGRAMS) as ProgramName[];
  const entryPoints = names.map((name) => join(DIST, PROGRAMS[name]));
  if (!entryPoints.every((file) => existsSync(file)) || !names.some(isOutdated)) {
    return;
  }
  const { outputFiles } = await build({
    entryPoints,
    outbase: DIST,
    outdir: BUNDLES,
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    keepNames: true,
    sourcemap: 'linked',
    sourcesContent: false,
    external: EXTERNAL,
    banner: { js: COMMONJS_IN_A_MODULE },
    logLevel: 'error',
  });
  for (const { path, contents } of outputFiles) {
    await mkdir(dirname(path), { recursive: true });
    // Another run of Jest may be starting the one that is there.
    const written = `${path}.${process.pid}`;
    await writeFile(written, contents);
    await rename(written, path);
  }
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
  return [...parts, join(CHECKOUT, 'package-lock.json')].some((file) => statSync(file).mtimeMs > bundledAt);
}
