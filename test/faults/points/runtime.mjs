/**
 * Loaded before a program whose calls are woven (weave.ts): notes which points it comes to, and breaks it at those that are armed.
 * A file `armed/POINT.FAULT` in the folder arms one; whoever takes the file away is broken, so of several processes one is.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const folder = process.env.CRASH_POINTS_FOLDER;
const freezeMs = Number(process.env.CRASH_POINTS_FREEZE_MS);
/** Longer than the service waits before it tells of progress. */
const LATE_MS = 1100;
const visited = new Set();
/** The driver makes a whole object of calls of its own, which are no points. */
const effects = new AsyncLocalStorage();
/** The point whose call is being made; what it leads to is made at once, before anything is waited for. */
let current;

globalThis.crashPoints = {
  /** A call that has an effect when it resolves. */
  effect(name, call, body) {
    return name === null ? within('outside', call) : broken(name, call, body);
  },

  /** A transaction: what is broken before the effect is broken before its commit. */
  commit(name, call, work) {
    if (name === null) {
      return within('outside', () => call(work));
    }
    visit(name);
    freezeIf(name);
    const uncommitted = async (...given) => {
      const result = await work(...given);
      killIf(name, 'killed before');
      throwIf(name, 'error', 'postgres');
      return result;
    };
    return answered(
      name,
      within(name, () => call(uncommitted)),
      'postgres',
    );
  },

  /** A listing of the store: its effect is its last entry. */
  async *listing(name, call) {
    visit(name);
    freezeIf(name);
    killIf(name, 'killed before');
    throwIf(name, 'error', 'object-store');
    yield* within(name, call);
    killIf(name, 'killed after');
    throwIf(name, 'answer lost', 'object-store');
  },

  /** Notes who calls these methods without being at a point. */
  guard(prototype, methods) {
    for (const method of methods) {
      const original = prototype[method];
      prototype[method] = function (...given) {
        if (current === undefined && effects.getStore() === undefined) {
          const { stack } = new Error(`${method} is called at no point`);
          writeFileSync(join(folder, 'unnamed', `${method}-${randomUUID()}`), stack);
        }
        return original.apply(this, given);
      };
    }
  },

  /** Set by the program: an error of a dependency. */
  outage: (what) => new Error(`${what} is away`),
};

async function broken(name, call, body) {
  const dependency = / (write|query)( \d+)?$/.test(name) ? 'postgres' : 'object-store';
  visit(name);
  freezeIf(name);
  killIf(name, 'killed before');
  if (take(name, 'error')) {
    body?.destroy();
    throw globalThis.crashPoints.outage(dependency);
  }
  if (take(name, 'late')) {
    await delay(LATE_MS);
  }
  return answered(
    name,
    effects.run(name, () => within(name, call)),
    dependency,
  );
}

async function answered(name, pending, dependency) {
  const result = await pending;
  killIf(name, 'killed after');
  if (take(name, 'answer lost')) {
    result?.body?.destroy?.();
    throw globalThis.crashPoints.outage(dependency);
  }
  return result;
}

function within(name, call) {
  const outer = current;
  current = name;
  try {
    return call();
  } finally {
    current = outer;
  }
}

function visit(name) {
  if (!visited.has(name)) {
    visited.add(name);
    writeFileSync(join(folder, 'visited', fileOf(name)), '');
  }
}

/** The whole process rests for longer than a lease, as one that was stopped does. */
function freezeIf(name) {
  if (take(name, 'frozen')) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, freezeMs);
  }
}

function killIf(name, fault) {
  if (take(name, fault)) {
    process.kill(process.pid, 'SIGKILL');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10_000);
  }
}

function throwIf(name, fault, dependency) {
  if (take(name, fault)) {
    throw globalThis.crashPoints.outage(dependency);
  }
}

function take(name, fault) {
  const file = `${fileOf(name)}.${fault}`;
  try {
    renameSync(join(folder, 'armed', file), join(folder, 'fired', file));
    return true;
  } catch {
    return false;
  }
}

function fileOf(name) {
  return name.replaceAll('/', '~');
}
