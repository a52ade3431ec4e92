import { describeWith } from '../fixtures/requirement.js';
import { type RunningService, startService } from '../support/service.js';
import type { ServiceProcess } from '../support/service-process.js';
import { Haproxy } from './haproxy.js';
import { Load } from './load.js';
import { expectPublishedOnce } from './published-once.js';

/** `IMGSRV_TEST_ROLLS=10 npx jest test/rolling/rolling-update` is the long run, of about four minutes. */
const ROLLS = Number(process.env.IMGSRV_TEST_ROLLS ?? '1');
/** The delay is longer than HAProxy needs to find out, which by its configuration is 2 s. */
const FLAGS = ['--drain-delay', '4s', '--shutdown-timeout', '5s'];

jest.setTimeout(60_000 + ROLLS * 60_000);

describeWith('haproxy', 'rolling updates behind HAProxy', () => {
  let service: RunningService;
  let haproxy: Haproxy;
  let load: Load | undefined;

  beforeAll(async () => {
    service = await startService({ apis: 2, workers: 2, flags: FLAGS });
    const [one, two] = service.baseUrls;
    haproxy = await Haproxy.start([one ?? '', two ?? '']);
  }, 60_000);
  afterAll(async () => {
    load?.abandon();
    await haproxy.stop();
    await service.stop();
  }, 60_000);

  /** One after the other, as an orchestrator that wants one of two to be up: each ends before its successor starts. */
  async function roll(
    processes: readonly ServiceProcess[],
    startSuccessor: (old: ServiceProcess) => Promise<ServiceProcess>,
  ): Promise<void> {
    for (const old of processes) {
      old.kill('SIGTERM');
      expect(await old.exited).toEqual({ code: 0, signal: null });
      await startSuccessor(old);
    }
  }

  const running = (processes: readonly ServiceProcess[]) => processes.filter(({ isRunning }) => isRunning);

  it(`are seen by nobody who resumes (${ROLLS} of two apis and two workers)`, async () => {
    load = await Load.start(haproxy.url, service.bootstrapToken);
    for (let round = 0; round < ROLLS; round += 1) {
      await Promise.all([
        roll(running(service.apis), (old) => service.startApi(['--listen', new URL(old.url).host])),
        roll(running(service.workers), () => service.startWorker()),
      ]);
    }
    await load.stop();
    const { tally } = load;
    process.stderr.write(`rolling update: ${JSON.stringify({ rolls: ROLLS, ...tally.summary })}\n`);
    expect(tally.failures).toEqual([]);
    expect(tally.unavailableAtMs).toEqual([]);
    // Else nothing was under way when an api ended.
    expect(tally.resumedDownloads).toBeGreaterThan(0);
    expect(tally.finishedDownloads).toBeGreaterThan(0);
    await expectPublishedOnce(service.databaseUrl, tally.publishedVersions);
  });
});
