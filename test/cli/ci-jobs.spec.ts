import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { parse } from 'yaml';
import { type ContractService, startContractService } from '../contract/contract-service.js';
import { readMarkdown } from '../docs/markdown.js';
import { readPage } from '../docs/pages.js';
import { ScriptedIssuer } from '../oidc/scripted-issuer.js';
import { serviceProgram } from '../support/service-programs.js';
import { createTemporaryFolder } from '../support/temporary-folder.js';

jest.setTimeout(60_000);

interface GithubJob {
  readonly permissions: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string>>;
  readonly jobs: { readonly publish: { readonly steps: readonly { readonly run: string }[] } };
}

interface GitlabJob {
  readonly publish: {
    readonly id_tokens: Readonly<Record<string, { readonly aud: string }>>;
    readonly variables: Readonly<Record<string, string>>;
    readonly script: readonly string[];
  };
}

let issuer: ScriptedIssuer;
let service: ContractService;
let folder: string;
/** Gives tokens to jobs of GitHub Actions, as the runner's service does. */
let runner: Server;
const audiences: (string | null)[] = [];
const RUNNER_TOKEN = 'runner-secret';

const [github, gitlab] = readMarkdown(readPage('docs/publishers/cli.md'))
  .blocks.filter(({ language }) => language === 'yaml')
  .map(({ text: yaml }) => parse(yaml) as unknown) as [GithubJob, GitlabJob];

beforeAll(async () => {
  issuer = await ScriptedIssuer.start();
  folder = (await createTemporaryFolder('ci')).path;
  const caFile = join(folder, 'issuer.pem');
  await writeFile(caFile, issuer.ca);
  service = await startContractService({
    flags: ['--oidc-ca-file', caFile, '--oidc-private-hosts', '127.0.0.1'],
  });
  const { baseUrl } = service.running;
  const saved = await service.manager.post('/v1/auth/oidc-provisioning-rules', {
    display_name: 'jobs',
    issuer_url: issuer.url,
    audience: baseUrl,
    forwarded_claims: ['team'],
    condition: 'claims.team == "images"',
  });
  expect(saved.status).toBe(201);
  runner = createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? '', 'http://runner');
    if (
      request.headers.authorization !== `Bearer ${RUNNER_TOKEN}` ||
      searchParams.get('api-version') !== '2.0'
    ) {
      response.writeHead(401).end();
      return;
    }
    audiences.push(searchParams.get('audience'));
    void issuer.sign(issuer.claims({ aud: searchParams.get('audience') })).then((value) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ value }));
    });
  }).listen(0, '127.0.0.1');
  await once(runner, 'listening');
});
afterAll(async () => {
  runner.close();
  await service.stop();
  await issuer.close();
});

/** Runs lines of a job as the runner does, in a checkout that has built a disk. */
async function runJob(
  name: string,
  lines: string,
  environment: Readonly<Record<string, string>>,
): Promise<string> {
  const checkout = join(folder, name);
  await mkdir(join(checkout, 'out'), { recursive: true });
  const disk = Buffer.alloc(1024);
  disk.write(name);
  disk.writeUInt16LE(0xaa55, 510);
  await writeFile(join(checkout, 'out', 'disk-amd64.raw'), disk);
  const command = `imgsrv() { '${process.execPath}' '${serviceProgram('cli')}' "$@"; }`;
  const child = spawn('bash', ['-c', `exec 2>&1\nset -euo pipefail\n${command}\n${lines}`], {
    cwd: checkout,
    env: { PATH: process.env.PATH ?? '', HOME: checkout, NO_PROXY: '*', CI: 'true', ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [output] = await Promise.all([text(child.stdout), once(child, 'close')]);
  return `${output}exit code ${String(child.exitCode)}`;
}

function runnerUrl(): string {
  return `http://127.0.0.1:${(runner.address() as { readonly port: number }).port}/token?api-version=2.0`;
}

it('publishes from the documented job of GitHub Actions', async () => {
  expect(github.permissions).toEqual({ 'id-token': 'write' });
  const { baseUrl } = service.running;
  const output = await runJob('github', github.jobs.publish.steps.map(({ run }) => run).join('\n'), {
    ...github.env,
    IMGSRV_URL: baseUrl,
    GITHUB_REF_NAME: '1.0',
    ACTIONS_ID_TOKEN_REQUEST_URL: runnerUrl(),
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: RUNNER_TOKEN,
  });
  expect(output).toMatch(/debian:1\.0 is published\.\ndebian:latest is 1\.0\.[^]*exit code 0$/);
  expect(new Set(audiences)).toEqual(new Set([baseUrl]));
  // One for the job, as it does not expire meanwhile, for each of the two clients that a publish has.
  expect(audiences.length).toBeLessThanOrEqual(2);
});

it('publishes from the documented job of GitLab CI', async () => {
  const { baseUrl } = service.running;
  expect(gitlab.publish.id_tokens).toEqual({
    IMGSRV_ID_TOKEN: { aud: gitlab.publish.variables['IMGSRV_URL'] },
  });
  const output = await runJob('gitlab', gitlab.publish.script.join('\n'), {
    ...gitlab.publish.variables,
    IMGSRV_URL: baseUrl,
    IMGSRV_ID_TOKEN: await issuer.sign(issuer.claims({ aud: baseUrl })),
    CI_COMMIT_TAG: '2.0',
  });
  expect(output).toMatch(/debian:2\.0 is published\.\ndebian:latest is 2\.0\.[^]*exit code 0$/);
});

it.each([
  ['a job without the permission', { IMGSRV_OIDC: 'github' }, 2, 'id-token: write'],
  ['a job without the token', { IMGSRV_OIDC: 'gitlab' }, 2, 'id_tokens'],
  ['a system that nobody knows', { IMGSRV_OIDC: 'jenkins' }, 2, 'should be github or gitlab'],
])('tells %s what to do', async (_what, environment, code, message) => {
  const output = await runJob('refused', 'imgsrv whoami', {
    IMGSRV_URL: service.running.baseUrl,
    ...environment,
  });
  expect(output).toContain(message);
  expect(output).toMatch(new RegExp(`exit code ${code}$`));
});

it('tells a job that no rule lets in', async () => {
  const token = await issuer.sign(issuer.claims({ aud: service.running.baseUrl, team: 'others' }));
  const output = await runJob('other', 'imgsrv whoami', {
    IMGSRV_URL: service.running.baseUrl,
    IMGSRV_OIDC: 'gitlab',
    IMGSRV_ID_TOKEN: token,
  });
  expect(output).toMatch(/No rule lets this job in[^]*exit code 4$/);
});
