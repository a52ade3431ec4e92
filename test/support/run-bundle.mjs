/**
 * Runs a bundled program out of what V8 keeps of its compiled code, which saves every process of a test the compiling.
 * `node run-bundle.mjs FOLDER FLAGS…` runs it and keeps the code of what it used. V8 itself refuses code of another version
 * of it, or of other flags; then the program is compiled as ever. (Node has module.enableCompileCache() from 22.1 on.)
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Script } from 'node:vm';

/** What a bundle of `folder` is called, and what V8 keeps of it. */
const BUNDLE = 'main.cjs';
const CODE = 'main.code';

/** Runs the bundle of a folder in this process, as Node runs a CommonJS module. */
export function runBundle(folder) {
  const filename = join(folder, BUNDLE);
  // It is ASCII. As such it is read faster, and takes half of the memory.
  const source = readFileSync(filename, 'latin1');
  const script = new Script(`(function (exports, require, module, __filename, __dirname) {${source}\n})`, {
    filename,
    cachedData: readCode(folder),
  });
  const module = { exports: {} };
  script.runInThisContext()(module.exports, createRequire(filename), module, filename, folder);
  return script;
}

function readCode(folder) {
  try {
    return readFileSync(join(folder, CODE));
  } catch {
    return undefined;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [folder] = process.argv.splice(2, 1);
  const script = runBundle(folder);
  process.on('exit', () => {
    const partial = join(folder, `${CODE}.${process.pid}`);
    writeFileSync(partial, script.createCachedData());
    renameSync(partial, join(folder, CODE));
  });
}
