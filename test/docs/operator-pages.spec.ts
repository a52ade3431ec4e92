import { execFileSync } from 'node:child_process';
import { Client } from 'pg';
import { PublisherClient } from '../fixtures/publisher-client.js';
import { generateToken } from '../../libs/auth/src/tokens/token.codec.js';
import { type RunningService, startService } from '../support/service.js';
import { waitFor } from '../support/wait-for.js';
import { readMarkdown } from './markdown.js';
import { pagesUnder, readPage, ROOT } from './pages.js';
import { sectionOf } from './tables.js';

const TRIAGE = 'docs/operators/triage.md';

function statementsOf(text: string): string[] {
  return readMarkdown(text)
    .blocks.filter(({ language }) => language === 'sql')
    .map((block) => block.text);
}

/** Lines of our sources that hold the text. */
function sourceLinesWith(text: string): string[] {
  const sources = ['-r', '--include=*.ts', '-hF', '--', text, 'apps', 'libs'];
  return execFileSync('grep', sources, { cwd: ROOT, encoding: 'utf8' }).split('\n');
}

describe('on a running service', () => {
  let service: RunningService;
  let database: Client;
  let publisher: PublisherClient;

  beforeAll(async () => {
    service = await startService();
    const { baseUrl, bootstrapToken } = service;
    publisher = await PublisherClient.enroll({ baseUrl }, bootstrapToken);
    database = new Client({ connectionString: service.databaseUrl });
    await database.connect();
  }, 60_000);

  afterAll(async () => {
    await database.end();
    await service.stop();
  }, 60_000);

  async function askFrom(heading: string): Promise<Record<string, unknown>[][]> {
    const statements = statementsOf(sectionOf(readPage(TRIAGE), heading));
    expect(statements).not.toEqual([]);
    const answers = [];
    for (const statement of statements) {
      answers.push((await database.query<Record<string, unknown>>(statement)).rows);
    }
    return answers;
  }

  it.each(
    pagesUnder('docs/operators').flatMap((page) =>
      statementsOf(readPage(page)).map((statement) => [page, statement] as const),
    ),
  )('a statement of %s runs', async (_page, statement) => {
    expect((await database.query(statement)).command).toBe('SELECT');
  });

  it('triage finds the publish job that has failed, and why', async () => {
    await publisher.createImage('broken');
    await publisher.createVersion('broken', '1.0');
    const blob = await publisher.uploadFile(Buffer.alloc(100));
    await publisher.addArtifact('broken', '1.0', { format: 'qcow2', blob });
    await expect(publisher.publish('broken', '1.0')).rejects.toThrow('failed');
    expect(await askFrom('## A publish job has failed')).toEqual([
      [
        expect.objectContaining({
          name: 'broken',
          version: '1.0',
          step: 'validate_catalog',
          last_error: expect.stringMatching(/^Artifact /) as string,
        }),
      ],
    ]);
  });

  it('triage finds the upload that nobody goes on with, and the one that was refused', async () => {
    const { id } = await publisher.call<{ id: string }>('POST', '/v1/uploads', {
      expected_digest: `sha256:${'0'.repeat(64)}`,
      expected_size_bytes: 1,
    });
    const stuck = await askFrom('## An upload is stuck');
    expect(stuck[0]).toEqual([expect.objectContaining({ id, state: 'created', job_id: null })]);
    const part = await publisher.call<{ etag: string }>('PUT', `/v1/uploads/${id}/parts/1`, 1);
    await publisher.call('POST', `/v1/uploads/${id}/complete`, {
      parts: [{ number: 1, etag: part.etag, size_bytes: 1 }],
    });
    await waitFor(async () => (await askFrom('## An upload is stuck'))[1]?.length === 1);
    const [, refused] = await askFrom('## An upload is stuck');
    expect(refused).toEqual([expect.objectContaining({ failure_code: 'digest-mismatch', count: '1' })]);
  });

  it('the statement of lock-out recovery makes the next start print a bootstrap token', async () => {
    const [, statement] = readMarkdown(readPage('docs/auth-managers/lock-out-recovery.md')).blocks;
    const quiet = await service.startApi();
    expect(statement?.text).toMatch(/^UPDATE api_tokens/);
    await database.query(statement?.text ?? '');
    const restarted = await service.startApi();
    await waitFor(() => /^imgsrv bootstrap token: imgsrv_at_\S+$/m.test(restarted.stdout));
    expect(quiet.stdout).toBe('');
  });

  it('the scanned public id leads to the row of its token', async () => {
    const statement = readMarkdown(readPage('docs/auth-managers/secret-scanners.md')).blocks.find(
      ({ text }) => text.startsWith('SELECT'),
    );
    const publicId = publisher.token.split('_')[2] ?? '';
    const { rows } = await database.query(statement?.text.replace('<16 characters>', publicId) ?? '');
    expect(rows).toEqual([expect.objectContaining({ name: 'test' })]);
  });
});

it('the patterns for secret scanners match tokens, and only whole ones', () => {
  const page = readPage('docs/auth-managers/secret-scanners.md');
  // In a table the bar is escaped.
  const patterns = [...page.matchAll(/imgsrv_\(at\\?\|rl\)_\[[^`'\n\s)]*/g)].map(([pattern]) =>
    pattern.replace('\\|', '|'),
  );
  expect(patterns.length).toBeGreaterThanOrEqual(4);
  const tokens = [generateToken('imgsrv_at_'), generateToken('imgsrv_rl_')];
  for (const [pattern, { plaintext }] of patterns.flatMap((each) =>
    tokens.map((token) => [each, token] as const),
  )) {
    expect(plaintext).toMatch(new RegExp(`^${pattern}$`));
    expect(plaintext.slice(0, -1)).not.toMatch(new RegExp(pattern));
  }
});

it.each(
  [...readPage(TRIAGE).matchAll(/[Ll]og\s+`([^`…]+)`|log(?:s)? .*?\(`([^`…]+)`\)/g)].map(
    (match) => match[1] ?? match[2] ?? '',
  ),
)('the log message "%s" is written somewhere', (message) => {
  const written = message.replace(/^the (postgres|object store) check fails$/, 'the ${name} check fails');
  expect(sourceLinesWith(written).join('\n')).toContain(written);
});
