import { execFile } from 'node:child_process';
import { chown, mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { Instruction } from './dockerfile.js';

/** What a stage has become: its files, without those of the image it begins from, and how its processes run. */
export interface BuiltStage {
  readonly image: string;
  /** Its `/`. */
  readonly root: string;
  readonly environment: Record<string, string>;
  /** Of Debian, beyond those of the image it begins from. */
  readonly packages: string[];
  workdir: string;
  user: string;
  ports: readonly number[];
  entrypoint: readonly string[];
  command: readonly string[];
}

/**
 * Executes a Dockerfile's steps without a container engine: each stage is a folder, RUN runs here with the stage's WORKDIR
 * as its folder. So a RUN must not name absolute paths, which would be those of this machine, and packages are those that it has
 * itself. Returns the last stage.
 */
export async function buildImage(
  instructions: readonly Instruction[],
  context: string,
  folder: string,
): Promise<BuiltStage> {
  const stages = new Map<string, BuiltStage>();
  let stage: BuiltStage | undefined;
  for (const instruction of instructions) {
    if (instruction.kind === 'FROM') {
      stage = await beginStage(instruction.image, join(folder, instruction.stage));
      stages.set(instruction.stage, stage);
    } else if (stage === undefined) {
      throw new Error('a Dockerfile begins with FROM');
    } else {
      await execute(instruction, stage, stages, context);
    }
  }
  if (stage === undefined) throw new Error('a Dockerfile has a stage');
  return stage;
}

async function beginStage(image: string, root: string): Promise<BuiltStage> {
  await mkdir(root);
  return {
    ...{ image, root, environment: {}, packages: [], workdir: '/', user: '0:0' },
    ...{ ports: [], entrypoint: [], command: [] },
  };
}

async function execute(
  instruction: Exclude<Instruction, { kind: 'FROM' }>,
  stage: BuiltStage,
  stages: ReadonlyMap<string, BuiltStage>,
  context: string,
): Promise<void> {
  switch (instruction.kind) {
    case 'COPY':
      return copy(instruction, stage, stages, context);
    case 'RUN':
      return run(instruction.command, stage);
    case 'PACKAGES':
      stage.packages.push(...instruction.names);
      return;
    case 'WORKDIR':
      stage.workdir = resolve(stage.workdir, instruction.value);
      await mkdir(join(stage.root, stage.workdir), { recursive: true });
      return;
    case 'USER':
      stage.user = instruction.value;
      return;
    case 'ENV':
      Object.assign(stage.environment, instruction.pairs);
      return;
    case 'EXPOSE':
      stage.ports = instruction.ports;
      return;
    case 'ENTRYPOINT':
      stage.entrypoint = instruction.words;
      return;
    case 'CMD':
      stage.command = instruction.words;
      return;
    case 'ARG':
    case 'LABEL':
      return;
  }
}

async function run(command: string, stage: BuiltStage): Promise<void> {
  if (/(^|[\s"'=<>])\/\w/.test(command)) throw new Error(`RUN names an absolute path: ${command}`);
  const inherited = Object.entries(process.env).filter(([name]) => !/^(IMGSRV_|npm_|NODE_ENV$)/.test(name));
  await promisify(execFile)('/bin/sh', ['-ec', command], {
    cwd: join(stage.root, stage.workdir),
    env: { ...Object.fromEntries(inherited), npm_config_prefer_offline: 'true', ...stage.environment },
    maxBuffer: 64 * 2 ** 20,
    timeout: 150_000,
  });
}

async function copy(
  { from, owner, sources, target }: Extract<Instruction, { kind: 'COPY' }>,
  stage: BuiltStage,
  stages: ReadonlyMap<string, BuiltStage>,
  context: string,
): Promise<void> {
  const sourceRoot = from === undefined ? context : stages.get(from)?.root;
  if (sourceRoot === undefined) throw new Error(`COPY from an unknown stage: ${from ?? ''}`);
  const ignored = from === undefined ? await ignoredPaths(context) : [];
  const destination = join(stage.root, resolve(stage.workdir, target));
  for (const source of sources) {
    const path = join(sourceRoot, source);
    const isFolder = (await stat(path)).isDirectory();
    // A folder's content goes into the target; a file into it when that is a folder.
    const isInside = !isFolder && (target.endsWith('/') || sources.length > 1);
    const to = isInside ? join(destination, basename(path)) : destination;
    if (ignored.includes(source)) throw new Error(`COPY of what .dockerignore leaves out: ${source}`);
    await copyInto(path, isFolder, to, from === undefined ? [] : ['--link']);
    if (owner !== undefined) await giveTo(to, owner);
  }
}

/** Keeps modes and links; `cp` takes seconds for what takes Node a minute. A finished stage shares its files with the next one. */
async function copyInto(
  path: string,
  isFolder: boolean,
  to: string,
  flags: readonly string[],
): Promise<void> {
  await mkdir(isFolder ? to : dirname(to), { recursive: true });
  await promisify(execFile)('cp', [
    '-a',
    '--no-preserve=ownership',
    ...flags,
    isFolder ? `${path}/.` : path,
    to,
  ]);
}

async function ignoredPaths(context: string): Promise<string[]> {
  const text = await readFile(join(context, '.dockerignore'), 'utf8');
  const paths = text.split('\n').filter((line) => line !== '');
  const unknown = paths.filter((path) => /[*?!/#]/.test(path));
  if (unknown.length > 0)
    throw new Error(`this test knows plain names in .dockerignore only: ${unknown.join()}`);
  return paths;
}

async function giveTo(path: string, owner: string): Promise<void> {
  if (process.getuid?.() !== 0) return;
  const [uid = 0, gid = 0] = owner.split(':').map(Number);
  const entries = (await stat(path)).isDirectory() ? await readdir(path, { recursive: true }) : [];
  for (const entry of ['', ...entries]) await chown(join(path, entry), uid, gid);
}
