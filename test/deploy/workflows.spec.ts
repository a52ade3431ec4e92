import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

const GITHUB = join(import.meta.dirname, '..', '..', '.github');
const WORKFLOWS = readdirSync(join(GITHUB, 'workflows'));

interface Job {
  readonly 'timeout-minutes'?: number;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly uses?: string;
  readonly steps?: readonly { readonly uses?: string; readonly run?: string; readonly with?: object }[];
}

interface Workflow {
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
}

function read(name: string): string {
  return readFileSync(join(GITHUB, 'workflows', name), 'utf8');
}

function problemsOf(content: string): string[] {
  const script = join(import.meta.dirname, 'workflow-problems.mjs');
  const output = execFileSync(process.execPath, ['--no-warnings', script], {
    input: content,
    encoding: 'utf8',
  });
  return JSON.parse(output) as string[];
}

describe.each(WORKFLOWS)('.github/workflows/%s', (name) => {
  const { jobs, permissions } = parse(read(name)) as Workflow;
  const steps = Object.values(jobs).flatMap((job) => job.steps ?? []);

  it('follows the schema of GitHub', () => {
    expect(problemsOf(read(name))).toEqual([]);
  });

  it('may read only, but for the job that releases', () => {
    expect(permissions).toEqual({ contents: 'read' });
    const privileged = Object.keys(jobs).filter((job) => jobs[job]?.permissions !== undefined);
    expect(privileged).toEqual(name === 'release.yml' ? ['release'] : []);
  });

  it('leaves no credential in the checkout, and ends by itself', () => {
    for (const step of steps.filter(({ uses }) => uses?.startsWith('actions/checkout@'))) {
      expect(step.with).toMatchObject({ 'persist-credentials': false });
    }
    for (const job of Object.values(jobs)) expect(job.uses ?? job['timeout-minutes']).toBeDefined();
  });

  it('runs only actions whose commit it names, with their version', () => {
    const used = read(name)
      .split('\n')
      .filter((line) => /^\s*(?:- )?uses: (?!\.\/)/.test(line));
    expect(used.filter((line) => !/@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(line))).toEqual([]);
  });

  it('puts nothing that others choose into a script', () => {
    expect(steps.filter(({ run }) => run?.includes('${{')).map(({ run }) => run)).toEqual([]);
  });
});

it.each([
  ['an unknown key', 'on: push\njobs:\n  a:\n    runs-on: x\n    step: []\n'],
  ['an unknown trigger', 'on: pushed\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: x\n'],
  ['a broken expression', 'on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: ${{ github. }}\n'],
])('the check finds %s', (_what, content) => {
  expect(problemsOf(content)).not.toEqual([]);
});

it('a release knows its own section of the changelog', () => {
  const changelog = readFileSync(join(GITHUB, '..', 'CHANGELOG.md'), 'utf8');
  expect(changelog).toMatch(/^## (Unreleased|\d+\.\d+\.\d+)/m);
});
