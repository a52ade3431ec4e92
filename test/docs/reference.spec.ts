import { execFileSync } from 'node:child_process';
import { parse } from 'yaml';
import { PROBLEMS } from '../../apps/api/src/problem/problem-table.js';
import { ROLES } from '../../libs/auth/src/roles.js';
import {
  defaultText,
  environmentName,
  SETTING_NAMES,
  SETTINGS,
} from '../../libs/platform/src/config/settings.js';
import { readMarkdown } from './markdown.js';
import { readPage, ROOT } from './pages.js';
import { codeRows, sectionOf } from './tables.js';

const byFirstCell = (a: readonly string[], b: readonly string[]): number => (`${a[0]}` < `${b[0]}` ? -1 : 1);
const code = (text: string): string => `\`${text}\``;

it('the settings are those of the code', () => {
  const expected = SETTING_NAMES.map((name) => [
    code(`--${name}`),
    code(environmentName(name)),
    defaultCell(name),
    SETTINGS[name].help,
  ]);
  const rows = codeRows(readPage('docs/reference/configuration.md'));
  expect(rows.sort(byFirstCell)).toEqual(expected.sort(byFirstCell));
});

function defaultCell(name: (typeof SETTING_NAMES)[number]): string {
  switch (name) {
    // Depend on the machine.
    case 'node-name':
      return 'the host name';
    case 'worker-concurrency':
      return 'cores, at least 2';
    default: {
      const [api, worker] = [defaultText(name, 'api'), defaultText(name, 'worker')];
      if (api === undefined) return '';
      return api === worker ? code(api) : `${code(api)}, worker ${code(worker ?? '')}`;
    }
  }
}

it('every problem type is told, with its status and title, and what to do', () => {
  const rows = codeRows(readPage('docs/reference/problem-types.md'));
  const expected = Object.entries(PROBLEMS)
    .filter(([name, { status }]) => status !== 500 || name === 'internal-error')
    .map(([name, { status, title }]) => [code(name), String(status), title]);
  expect(rows.map((cells) => cells.slice(0, 3)).sort(byFirstCell)).toEqual(expected.sort(byFirstCell));
  for (const [name, , , when, remedy] of rows) {
    expect([name, when, remedy]).not.toContain('');
    expect(remedy).toBeDefined();
  }
});

describe('states', () => {
  const page = readPage('docs/reference/states-and-roles.md');
  const { components } = parse(readPage('docs/openapi/v1.yaml')) as ApiDocument;

  function statesOf(schema: string): string[] {
    const states = components.schemas[schema]?.properties['state']?.enum ?? [];
    expect(states).not.toEqual([]);
    return [...states].sort();
  }

  it.each([
    ['## Uploads', 'UploadSessionResponse'],
    ['## Versions', 'VersionResponse'],
    ['## Jobs', 'PublishJobResponse'],
    ['### Steps of a publish', 'PublishStepResponse'],
  ])('of %s are those of the API', (heading, schema) => {
    const [told = ''] = sectionOf(page, heading).split('\n### ');
    expect(codeRows(told).map(([state]) => state)).toEqual(
      expect.arrayContaining(statesOf(schema).map(code)),
    );
    expect(codeRows(told)).toHaveLength(statesOf(schema).length);
  });

  it.each([
    ['## Uploads', 'UploadSessionResponse'],
    ['## Versions', 'VersionResponse'],
    ['## Jobs', 'PublishJobResponse'],
  ])('of %s are all in the diagram', (heading, schema) => {
    const diagram = readMarkdown(sectionOf(page, heading)).blocks.find(
      ({ language }) => language === 'mermaid',
    );
    const drawn = [...(diagram?.text ?? '').matchAll(/^ *(\S+) --> ([^\s:]+)/gm)].flatMap(([, from, to]) => [
      from,
      to,
    ]);
    expect([...new Set(drawn)].filter((state) => state !== '[*]').sort()).toEqual(statesOf(schema));
  });

  it('roles are those of the code', () => {
    expect(codeRows(sectionOf(page, '## Roles')).map((cells) => cells.slice(0, 2))).toEqual(
      ROLES.map(({ id, actions }) => [code(id), actions.map(code).join(', ')]),
    );
  });
});

it('the actions of the audit log are those of the code', () => {
  const told = codeRows(sectionOf(readPage('docs/auth-managers/audit-log.md'), '## Actions'))
    .flatMap(([actions = '']) => actions.split(', '))
    .map((action) => action.replaceAll('`', ''));
  const sources = [
    '-rhoE',
    '--include=*.ts',
    '--exclude=*.spec.ts',
    "'[a-z_]+\\.[a-z]+'",
    'libs',
    'apps',
    'migrations',
  ];
  const written = execFileSync('grep', sources, { cwd: ROOT, encoding: 'utf8' }).split('\n');
  const families = new Set(
    told.filter((action) => action.includes('.')).map((action) => action.split('.')[0]),
  );
  const actions = written
    .map((literal) => literal.replaceAll("'", ''))
    .filter((literal) => families.has(literal.split('.')[0]));
  expect(told.filter((action) => action.includes('.')).sort()).toEqual([...new Set(actions)].sort());
});

interface ApiDocument {
  readonly components: {
    readonly schemas: Record<string, { readonly properties: Record<string, { readonly enum?: string[] }> }>;
  };
}
