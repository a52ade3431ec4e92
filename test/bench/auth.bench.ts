import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { PublisherClient } from '../fixtures/publisher-client.js';
import { AUDIENCE, ScriptedIssuer } from '../oidc/scripted-issuer.js';
import { startService } from '../support/service.js';
import { createTemporaryFolder } from '../support/temporary-folder.js';
import { print, ratio, row } from './samples.js';
import { wrk, type WrkResult } from './wrk.js';

const CONNECTIONS = 8;
/** The statistics of Postgres are a second behind. */
const STATISTICS_DELAY_MS = 1500;

/**
 * What a credential costs: the same read without one, with an API token and with a JWT whose keys are known, alternately.
 * `npm run bench -- auth [seconds] [rounds]`, default 5 and 3. Needs wrk.
 */
export async function run([seconds = '5', rounds = '3']: readonly string[]): Promise<void> {
  const issuer = await ScriptedIssuer.start();
  const folder = await createTemporaryFolder('bench-auth');
  const caFile = join(folder.path, 'ca.pem');
  await writeFile(caFile, issuer.ca);
  const service = await startService({
    flags: ['--oidc-ca-file', caFile, '--oidc-private-hosts', '127.0.0.1'],
  });
  const database = new Client({ connectionString: service.databaseUrl });
  await database.connect();
  try {
    const admin = new PublisherClient({ baseUrl: service.baseUrl }, service.bootstrapToken);
    await admin.call('POST', '/v1/auth/oidc-provisioning-rules', {
      display_name: 'bench',
      issuer_url: issuer.url,
      audience: AUDIENCE,
      forwarded_claims: ['team'],
      condition: 'claims.team == "images"',
    });
    const { token } = await PublisherClient.enroll({ baseUrl: service.baseUrl }, service.bootstrapToken);
    const cases = [
      { label: 'no credential', headers: [] },
      { label: 'API token', headers: [`Authorization: Bearer ${token}`] },
      { label: 'OIDC token, keys known', headers: [`Authorization: Bearer ${await issuer.sign()}`] },
    ];
    const servers = service.apis.map(({ pid }) => pid);
    const results = new Map<string, Measured[]>();
    for (let round = 0; round <= Number(rounds); round += 1) {
      for (const { label, headers } of cases) {
        const before = await transactions(database);
        const result = await wrk(`${service.baseUrl}/v1/images?limit=1`, {
          connections: CONNECTIONS,
          seconds: Number(seconds),
          headers,
          servers,
        });
        const statements = (await transactions(database)) - before;
        if (round > 0) {
          const measured = { ...result, statements: statements / result.requests };
          results.set(label, [...(results.get(label) ?? []), measured]);
        }
      }
    }
    report(results);
  } finally {
    await database.end();
    await service.stop();
    await issuer.close();
    await folder.remove();
  }
}

interface Measured extends WrkResult {
  /** Statements sent for one request; each is a transaction of its own. */
  readonly statements: number;
}

function report(results: ReadonlyMap<string, readonly Measured[]>): void {
  const middles = [...results].map(([label, measured]) => {
    const sorted = [...measured].sort((a, b) => a.cpuMsPerRequest - b.cpuMsPerRequest);
    return { label, middle: sorted[Math.floor(sorted.length / 2)] };
  });
  const first = middles[0]?.middle?.cpuMsPerRequest ?? Number.NaN;
  print(
    [
      row(['one read', 'requests/s', 'p50 ms', 'p99 ms', 'CPU ms each', 'ratio', 'statements each']),
      '|---|---|---|---|---|---|---|',
      ...middles.flatMap(({ label, middle }) =>
        middle === undefined
          ? []
          : row([
              label,
              middle.requestsPerSecond.toFixed(0),
              middle.p50Ms.toFixed(1),
              middle.p99Ms.toFixed(1),
              middle.cpuMsPerRequest.toFixed(2),
              ratio(middle.cpuMsPerRequest / first),
              middle.statements.toFixed(2),
            ]),
      ),
    ].join('\n'),
  );
}

async function transactions(database: Client): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, STATISTICS_DELAY_MS));
  const { rows } = await database.query<{ committed: string }>(
    `SELECT xact_commit AS committed FROM pg_stat_database WHERE datname = current_database()`,
  );
  return Number(rows[0]?.committed);
}
