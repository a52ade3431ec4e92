import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { type RunningService, startService } from '../support/service.js';
import { DEFINED_METRICS, type DefinedMetric } from './defined-metrics.js';
import { Exposition, type MetricFamily } from './exposition.js';

const ROOT = join(import.meta.dirname, '..', '..');
const OURS = /^imgsrv_/;
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

interface Rule {
  readonly alert: string;
  readonly expr: string;
}

interface Panel {
  readonly title: string;
  readonly type: string;
  readonly targets?: readonly { readonly expr: string }[];
}

const dashboard = JSON.parse(read('docker/observability/dashboard.json')) as {
  readonly panels: readonly Panel[];
};
const alerts = parse(read('docker/observability/alerts.yaml')) as {
  readonly groups: readonly { readonly rules: readonly Rule[] }[];
};
const panelQueries = dashboard.panels.flatMap(({ title, targets = [] }) =>
  targets.map(({ expr }) => ({ where: `panel "${title}"`, expr })),
);
const alertQueries = alerts.groups.flatMap(({ rules }) =>
  rules.map(({ alert, expr }) => ({ where: `alert ${alert}`, expr })),
);
const queries = [...panelQueries, ...alertQueries];

/** Metric names of a query, with the labels that it selects by. */
function selectorsOf(expr: string): { readonly name: string; readonly labels: readonly string[] }[] {
  return [...expr.matchAll(/\b((?:imgsrv|process|nodejs)_\w+)(?:\{([^}]*)\})?/g)].map(
    ([, name = '', matchers = '']) => ({
      name,
      labels: [...matchers.matchAll(/(\w+)\s*(?:=~|!~|!=|=)\s*"/g)].map(([, label = '']) => label),
    }),
  );
}

describe('the reference of metrics', () => {
  const rows = read('docs/reference/metrics.md')
    .split('\n')
    .filter((line) => line.startsWith('| `imgsrv_'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim().replaceAll('`', '')),
    );
  let service: RunningService;
  let api: Exposition;
  let worker: Exposition;

  beforeAll(async () => {
    service = await startService();
    api = await Exposition.scrape(service.apis[0]?.metricsUrl ?? '');
    worker = await Exposition.scrape(service.workers[0]?.metricsUrl ?? '');
  }, 60_000);

  afterAll(() => service.stop(), 60_000);

  const familiesOf = (exposition: Exposition): readonly MetricFamily[] =>
    exposition.families.filter(({ name }) => OURS.test(name));

  it('is what running processes export, no more and no less', () => {
    const [ofApi, ofWorker] = [api, worker].map(
      (exposition) => new Map(familiesOf(exposition).map((f) => [f.name, f])),
    );
    const names = [...new Set([...(ofApi?.keys() ?? []), ...(ofWorker?.keys() ?? [])])].sort();
    const exported = names.map((name) => {
      const family = ofApi?.get(name) ?? ofWorker?.get(name);
      const of = [
        ofApi?.has(name) === true ? 'api' : [],
        ofWorker?.has(name) === true ? 'worker' : [],
      ].flat();
      return [name, family?.type, of.join(', '), family?.help];
    });
    expect(rows.map(([name, type, , , of, meaning]) => [name, type, of, meaning])).toEqual(exported);
  });

  it('names the unit that each name ends in, and the labels of the code', () => {
    for (const [name = '', , unit, labels] of rows) {
      expect([name, unit]).toEqual([name, unitOf(name)]);
      expect([name, labels]).toEqual([name, definition(name).labelNames.join(', ')]);
    }
  });

  it('agrees with one file an app', () => {
    const exported = (exposition: Exposition) =>
      familiesOf(exposition)
        .map(({ name }) => name)
        .sort();
    expect([...DEFINED_METRICS.api.keys()].sort()).toEqual(exported(api));
    expect([...DEFINED_METRICS.worker.keys()].sort()).toEqual(exported(worker));
    for (const [app, file] of [
      ['api', 'apps/api'],
      ['publisher-worker', 'apps/publisher-worker'],
    ]) {
      const others = readdirSync(join(ROOT, file ?? '', 'src'), { recursive: true, encoding: 'utf8' })
        .filter((path) => path.endsWith('.ts') && path !== join('metrics', 'metrics.ts'))
        .filter((path) =>
          /'imgsrv_[a-z_]+_(?:seconds|bytes|total)'/.test(read(join(file ?? '', 'src', path))),
        );
      expect([app, others]).toEqual([app, []]);
    }
  });

  it('follows the naming conventions of Prometheus', () => {
    for (const [name = '', type] of rows) {
      expect([name, name.endsWith('_total')]).toEqual([name, type === 'counter']);
      expect(name).not.toMatch(/_(?:ms|milliseconds|kb|mb|count|sum)(?:_|$)(?!duration)/);
    }
  });

  it.each(queries)('has every metric and label that $where asks for', ({ expr }) => {
    const selectors = selectorsOf(expr);
    if (!/\bup\{/.test(expr)) expect(selectors).not.toEqual([]);
    for (const { name, labels } of selectors) {
      if (!OURS.test(name)) {
        expect(api.families.map((family) => family.name)).toContain(name);
        continue;
      }
      const known = [...definition(name).labelNames, 'job', 'instance', 'le'];
      expect([name, labels.filter((label) => !known.includes(label))]).toEqual([name, []]);
    }
  });

  it('has every metric that a page speaks of', () => {
    const pages = readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.md'))
      .map((path) => join('docs', path));
    const unknown = pages.flatMap((page) =>
      [...read(page).matchAll(/\bimgsrv_(?!at_)[a-z_]*(?:_total|_seconds|_bytes|_up|_open|_age)\b/g)]
        .map(([name]) => name)
        .filter((name) => !rows.some(([known]) => known === familyOf(name)))
        .map((name) => `${page}: ${name}`),
    );
    expect(unknown).toEqual([]);
  });

  it('has each of its metrics on the dashboard', () => {
    const shown = new Set(
      panelQueries.flatMap(({ expr }) => selectorsOf(expr).map(({ name }) => familyOf(name))),
    );
    expect(rows.map(([name]) => name).filter((name = '') => !shown.has(name))).toEqual([]);
  });

  function definition(series: string): DefinedMetric {
    const name = familyOf(series);
    const found = DEFINED_METRICS.api.get(name) ?? DEFINED_METRICS.worker.get(name);
    if (found === undefined) {
      throw new Error(`no metric is named ${name}`);
    }
    return found;
  }

  /** A histogram is asked for by its parts. */
  function familyOf(series: string): string {
    const base = series.replace(/_(?:bucket|count|sum)$/, '');
    const isHistogram = [api, worker].some(({ families }) =>
      families.some(({ name, type }) => name === base && type === 'histogram'),
    );
    return isHistogram ? base : series;
  }
});

function unitOf(name: string): string {
  const bare = name.replace(/_total$/, '');
  if (bare.endsWith('_seconds')) return 'seconds';
  return /_bytes$/.test(bare) ? 'bytes' : '';
}
