import type { BreakableService } from './breakable-service.js';
import type { ManifestEntry } from './publisher.js';
import type { Scenario } from './scenario.js';

/** What is not as promised once everything has settled; empty when all is well. */
export async function violationsOf(
  service: BreakableService,
  scenario: Scenario,
): Promise<readonly string[]> {
  return [
    ...(await absentBytes(service)),
    ...(await leftovers(service)),
    ...(await failedJobs(service)),
    ...(await lostWrites(scenario)),
    ...(await wrongDownloads(service, scenario)),
    ...(await service.faults.unnamed()),
    ...service.unexpectedEnds,
  ];
}

/** A row refers to bytes that are not there. */
async function absentBytes({ store, connection }: BreakableService): Promise<readonly string[]> {
  const blobs = await connection.rows<{ storage_key: string; size_bytes: string }>(
    'SELECT storage_key, size_bytes FROM blobs',
  );
  const found = await Promise.all(
    blobs.map(async ({ storage_key: key, size_bytes: size }) => {
      const head = await store.head(key);
      return head?.sizeBytes === Number(size) ? [] : [`the blob at ${key} has ${JSON.stringify(head)}`];
    }),
  );
  return found.flat();
}

/** Something is in the store that no row knows. */
async function leftovers({ store, connection }: BreakableService): Promise<readonly string[]> {
  const known = new Set(
    (
      await connection.rows<{ key: string }>(
        `SELECT storage_key AS key FROM blobs
         UNION SELECT storage_key FROM stored_records WHERE storage_key IS NOT NULL
         UNION SELECT storage_key FROM upload_sessions WHERE state IN ('created', 'uploading', 'completed', 'ingesting')`,
      )
    ).map(({ key }) => key),
  );
  const left: string[] = [];
  for await (const { key } of store.list('')) {
    if (!known.has(key)) left.push(`no row knows the object ${key}`);
  }
  for await (const { key } of store.listMultipartUploads('')) {
    if (!known.has(key)) left.push(`no row knows the unfinished upload ${key}`);
  }
  return left;
}

/** Outages and deaths fail no job; a publish that was refused is canceled by the scenario. */
async function failedJobs({ connection, running }: BreakableService): Promise<readonly string[]> {
  const failed = await connection.rows<{ id: string; kind: string; last_error: string }>(
    `SELECT id, kind, last_error FROM jobs WHERE state = 'failed'`,
  );
  const log = running.workers.flatMap(({ stderr }) => stderr.split('\n'));
  return failed.map(({ id, kind, last_error: error }) => {
    const told = log.filter((line) => line.includes(id) && /"(?:err|reason)"/.test(line));
    return `a job of the kind ${kind} has failed: ${error}\n${told.join('\n')}`;
  });
}

async function lostWrites({ facts, reader }: Scenario): Promise<readonly string[]> {
  const lost: string[] = [];
  for (const [path, expected] of facts) {
    const answer = await reader.call('GET', path, { first: STATUSES });
    const isSeen =
      typeof expected === 'number'
        ? answer.status === expected
        : answer.status === 200 &&
          Object.entries(expected).every(([member, value]) => answer.members[member] === value);
    if (!isSeen) {
      lost.push(
        `GET ${path} is ${answer.status} ${answer.bytes.toString()}, not ${JSON.stringify(expected)}`,
      );
    }
  }
  return lost;
}

const STATUSES = [200, 404, 410, 412];

async function wrongDownloads(service: BreakableService, { left }: Scenario): Promise<readonly string[]> {
  const anonymous = service.as();
  const wrong: string[] = [];
  for (const { path: version, artifact, disk, notes } of left) {
    const { members } = await anonymous.call('GET', version, { first: STATUSES });
    const [entry] = (members.artifacts ?? []) as readonly ManifestEntry[];
    const attached = entry?.attachments.find(({ name }) => name === 'notes')?.id ?? 'none';
    for (const [path, bytes] of [
      [`${artifact}/download`, disk],
      [`${artifact}/attachments/${attached}/download`, notes],
    ] as const) {
      const answer = await anonymous.call('GET', path, { first: [200, 400, 404, 410] });
      if (answer.status !== 200 || !answer.bytes.equals(bytes)) {
        wrong.push(`${path} gives ${answer.status} and other bytes than were published`);
      }
    }
  }
  return wrong;
}
