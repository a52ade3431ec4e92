import { everything } from '../api/recorded-catalogue.js';
import { bundleChanged } from '../support/service-programs.js';
import { OpenedDatabase } from '../support/database.js';
import { ServiceProcess } from '../support/service-process.js';
import { createTemporaryFolder } from '../support/temporary-folder.js';
import { BreakableService } from './points/breakable-service.js';
import { type Breakage, FaultFolder } from './points/fault-folder.js';
import { violationsOf } from './points/invariants.js';
import { allBreakages, LEADING, leadingTo, tableOf, takeRound } from './points/plan.js';
import { enrollAll } from './points/enroll-all.js';
import { type Managers, Scenario, sweep } from './points/scenario.js';
import { Weaver } from './points/weave.js';
import { VisibilityWatch } from './visibility-watch.js';

/**
 * `IMGSRV_TEST_CRASH_POINTS=all npx jest test/faults/crash-points` is the long form; any other text breaks everything at the points
 * whose name has it.
 */
const EXTENT = process.env.IMGSRV_TEST_CRASH_POINTS;
const IS_SLICE = EXTENT === undefined;
const ROUNDS = IS_SLICE ? 1 : Infinity;
const REBUILDS = IS_SLICE ? 1 : Infinity;
/** In one round. */
const BREAKAGES = IS_SLICE ? 4 : 16;
/** A breakage that did not happen in so many rounds cannot happen. */
const MOST_TRIES = 3;

jest.setTimeout(IS_SLICE ? 120_000 : 3 * 3_600_000);

const weaver = new Weaver();
let programs: ReadonlyMap<string, string>;
let service: BreakableService;
let managers: Managers;
const happened: Breakage[] = [];
const violations: string[] = [];
let visitedByRebuild: ReadonlySet<string> = new Set();
let rounds = 0;

beforeAll(async () => {
  programs = await bundleChanged('crash-points', ['api', 'worker', 'rebuild'], [weaver.plugin]);
  service = await BreakableService.start(programs);
  managers = await enrollAll(service);
});

afterAll(async () => {
  await service.stop();
});

/** One scenario in which these things break. Gives those that did not come to it. */
async function playRound(breakages: readonly Breakage[]): Promise<readonly Breakage[]> {
  rounds += 1;
  const scenario = new Scenario(service, managers, rounds);
  for (const breakage of breakages.flatMap((each) => [each, ...leadingTo(each.point)])) {
    await service.faults.arm(breakage);
  }
  const watch = new VisibilityWatch(() => halfVisible(rounds));
  const wrong: string[] = [];
  try {
    await scenario.run();
  } catch (error) {
    wrong.push(String(error));
  }
  await service.faults.disarm();
  try {
    await service.settle();
    await service.runNow('collect_blobs', { isRequested: true });
    await service.runNow('collect_blobs', { isRequested: true });
    await sweep(service);
    await service.runNow('record_catalog');
    await service.settle();
    wrong.push(...(await violationsOf(service, scenario)));
  } catch (error) {
    wrong.push(String(error));
  }
  await watch.expectNone().catch((error: unknown) => wrong.push(String(error)));
  if (wrong.length > 0) {
    violations.push(`${JSON.stringify(breakages)}: ${wrong.join('; ')}`);
    process.stdout.write(`violation: ${violations.at(-1) ?? ''}\n`);
  }
  const fired = await Promise.all(breakages.map((breakage) => service.faults.hasFired(breakage)));
  happened.push(...breakages.filter((_, index) => fired[index]));
  return breakages.filter((_, index) => !fired[index]);
}

/** A reader sees nothing of a version, or all of it. */
async function halfVisible(round: number): Promise<string | undefined> {
  for (const version of ['1', '2']) {
    const path = `/v1/images/round-${round}/versions/${version}`;
    const answer = await service.impatient?.get(path).catch(() => undefined);
    if (answer?.status === 200) {
      const artifacts = answer.members.artifacts as readonly { readonly attachments: readonly unknown[] }[];
      if (artifacts.length !== 1 || artifacts[0]?.attachments.length !== 2) {
        return `${path} is visible with ${JSON.stringify(artifacts)}`;
      }
    }
  }
  return undefined;
}

/** Rebuilds what the service has published out of its store, again until it is done; gives the rows. */
async function rebuildWith(
  breakage?: Breakage,
): Promise<{ readonly rows: unknown; readonly fired: boolean; readonly visited: ReadonlySet<string> }> {
  const folder = await createTemporaryFolder('rebuild-points');
  const faults = await FaultFolder.in(folder.path);
  const target = await OpenedDatabase.open();
  if (breakage !== undefined) await faults.arm(breakage);
  let code: number | null = null;
  for (let run = 0; code !== 0 && run < 4; run += 1) {
    const settings = {
      IMGSRV_POSTGRES_URL: target.url,
      IMGSRV_STORAGE_DIR: service.running.storageDir,
      ...faults.environment(200),
    };
    const rebuild = ServiceProcess.spawn('rebuild', [], settings, programs.get('rebuild'));
    ({ code } = await rebuild.exited);
  }
  const result = {
    rows: code === 0 ? await everything(target.database) : `the rebuild ended with ${String(code)}`,
    fired: breakage !== undefined && (await faults.hasFired(breakage)),
    visited: await faults.visited(),
  };
  await target.close();
  await folder.remove();
  return result;
}

function wanted(points: ReadonlySet<string>): readonly string[] {
  return [...points].filter((point) => IS_SLICE || EXTENT === 'all' || point.includes(EXTENT));
}

it('visits every point that there is in the code', async () => {
  const missed = await playRound(LEADING);
  expect({ missed, violations }).toEqual({ missed: [], violations: [] });
  visitedByRebuild = (await rebuildWith()).visited;
  const visited = new Set([...(await service.faults.visited()), ...visitedByRebuild]);
  expect([...weaver.points].filter((point) => !visited.has(point))).toEqual([]);
  expect([...visited].filter((point) => !weaver.points.has(point))).toEqual([]);
});

it('keeps every promise whatever breaks at each of them', async () => {
  const visited = await service.faults.visited();
  const left = allBreakages(wanted(visited));
  const tries = new Map<Breakage, number>();
  for (let round = 0; round < ROUNDS && left.length > 0; round += 1) {
    const missed = await playRound(takeRound(left, BREAKAGES));
    missed.forEach((breakage) => tries.set(breakage, (tries.get(breakage) ?? 0) + 1));
    left.push(...missed.filter((breakage) => (tries.get(breakage) ?? 0) < MOST_TRIES));
    if (!IS_SLICE) {
      process.stdout.write(
        `round ${round}: ${happened.length} happened, ${left.length} left, ${violations.length} violations\n`,
      );
    }
  }
  const unreached = [...tries].filter(([, count]) => count >= MOST_TRIES).map(([breakage]) => breakage);
  expect({ unreached, violations }).toEqual({ unreached: [], violations: [] });
});

it('rebuilds the same catalogue whatever breaks meanwhile', async () => {
  const { rows } = await rebuildWith();
  for (const breakage of allBreakages(wanted(visitedByRebuild)).slice(0, REBUILDS)) {
    const rebuilt = await rebuildWith(breakage);
    if (rebuilt.fired) happened.push(breakage);
    else violations.push(`${JSON.stringify(breakage)} did not happen`);
    expect({ breakage, rows: rebuilt.rows }).toEqual({ breakage, rows });
  }
  expect(violations).toEqual([]);
  if (!IS_SLICE) {
    process.stdout.write(`${tableOf(weaver.points, happened, violations.length)}\n`);
  }
});
