import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { describeWith } from '../fixtures/requirement.js';
import { startService } from '../support/service.js';
import { Exposition } from './exposition.js';

const FOLDER = join(import.meta.dirname, '..', '..', 'docker', 'observability');

interface RulesFile {
  readonly groups: readonly {
    readonly rules: readonly {
      readonly alert: string;
      readonly labels: { readonly severity?: string };
      readonly annotations: { readonly summary?: string; readonly runbook?: string };
    }[];
  }[];
}

interface TestsFile {
  readonly tests: readonly {
    readonly name: string;
    readonly promql_expr_test: readonly { readonly expr: string; readonly exp_samples: readonly unknown[] }[];
  }[];
}

const rules = (parse(readFileSync(join(FOLDER, 'alerts.yaml'), 'utf8')) as RulesFile).groups.flatMap(
  (group) => group.rules,
);
const { tests } = parse(readFileSync(join(FOLDER, 'alerts.test.yaml'), 'utf8')) as TestsFile;

describe.each(rules)('alert $alert', ({ alert, labels, annotations }) => {
  const cases = tests
    .flatMap((test) => test.promql_expr_test)
    .filter(({ expr }) => expr.includes(`alertname="${alert}"`));

  it('is tried with series that fire it and with series that do not', () => {
    expect(cases.some(({ exp_samples }) => exp_samples.length > 0)).toBe(true);
    expect(cases.some(({ exp_samples }) => exp_samples.length === 0)).toBe(true);
  });

  it('says how bad it is, what is wrong, and what to do', () => {
    expect(labels.severity).toMatch(/^(critical|warning)$/);
    expect(annotations.summary).toMatch(/\.$/);
    expect(annotations.runbook).toMatch(/\.$/);
  });
});

describeWith('promtool', 'promtool', () => {
  const promtool = (...args: string[]) => promisify(execFile)('promtool', args, { cwd: FOLDER });

  it('accepts the rules and the scrape configuration', async () => {
    const { stdout } = await promtool('check', 'config', 'prometheus.yaml');
    expect(stdout).toContain(`${rules.length} rules found`);
  });

  it('has nothing against the metrics', async () => {
    const service = await startService();
    try {
      for (const { metricsUrl } of [...service.apis, ...service.workers]) {
        const { text } = await Exposition.scrape(metricsUrl);
        const ours = text.split('\n').filter((line) => /^(?:# \w+ )?imgsrv_/.test(line));
        const checking = promtool('check', 'metrics');
        checking.child.stdin?.end(`${ours.join('\n')}\n`);
        expect(await checking).toEqual({ stdout: '', stderr: '' });
      }
    } finally {
      await service.stop();
    }
  }, 60_000);

  it('finds that the alerts fire when they must, and only then', async () => {
    const { stdout } = await promtool('test', 'rules', 'alerts.test.yaml');
    expect(stdout).toContain('SUCCESS');
  });
});
