import { setTimeout as wait } from 'node:timers/promises';
import { type ImgsrvClient, listEntries, type Schemas } from '@imgsrv/client';
import { type Command, Option } from 'commander';
import type { CommandMaker } from '../command.js';
import { readCount } from '../output/units.js';
import { LONG_PATIENCE_MS, type Session } from '../session.js';

type AuditEvent = Schemas['AuditEventResponse'];

interface AuditOptions {
  readonly limit: string;
  readonly follow?: boolean;
  readonly resource?: string;
  readonly action?: string;
  readonly principal?: string;
  readonly request?: string;
  readonly outcome?: string;
  readonly since?: string;
  readonly until?: string;
}

const LOOK_MS = 2000;
/** An event may show up that much after later ones: it is numbered when it begins to be written. */
const LATE_MS = 60_000;

/** `imgsrv audit`. */
export function auditCommand(commands: CommandMaker): Command {
  return commands
    .make('audit', 'read the audit log, oldest first (for auth-managers)', [
      'imgsrv audit --resource images/debian',
      'imgsrv audit --outcome denied --follow',
      'imgsrv audit --json --limit 1000 | jq -r .action',
    ])
    .option('-n, --limit <count>', 'so many of the newest', '50')
    .option('--follow', 'and go on with what happens from now on')
    .option('--resource <path>', 'about this and everything below it, such as images/debian')
    .option('--action <name>', 'such as alias.move')
    .option('--principal <id>', 'by this principal')
    .option('--request <id>', 'of this request')
    .addOption(new Option('--outcome <outcome>', 'how it ended').choices(['success', 'denied']))
    .option('--since <time>', 'from then on (RFC 3339)')
    .option('--until <time>', 'before (RFC 3339)')
    .action(commands.run(read));
}

async function read(session: Session, options: AuditOptions): Promise<void> {
  const limit = readCount(options.limit, '--limit');
  const client = await session.client(options.follow === true ? LONG_PATIENCE_MS : undefined);
  const filter = filterOf(options);
  const first = await newest(client, filter, limit, session.signal);
  tell(session, first);
  if (options.follow !== true) return;
  const told = new Map(first.map(({ id, occurred_at }) => [id, Date.parse(occurred_at)]));
  for (let latest = Math.max(Date.now() - LATE_MS, 0); ;) {
    await wait(LOOK_MS, undefined, { signal: session.signal });
    const since = new Date(latest - LATE_MS).toISOString();
    const events = (
      await newest(client, { ...filter, since }, Number.MAX_SAFE_INTEGER, session.signal)
    ).filter(({ id }) => !told.has(id));
    tell(session, events);
    for (const { id, occurred_at } of events) {
      told.set(id, Date.parse(occurred_at));
      latest = Math.max(latest, Date.parse(occurred_at));
    }
    for (const [id, at] of told) if (at < latest - 2 * LATE_MS) told.delete(id);
  }
}

function filterOf(options: AuditOptions): Readonly<Record<string, string>> {
  const entries: [string, string | undefined][] = [
    ['resource', options.resource],
    ['action', options.action],
    ['principal_id', options.principal],
    ['request_id', options.request],
    ['outcome', options.outcome],
    ['since', options.since],
    ['until', options.until],
  ];
  return Object.fromEntries(entries.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}

async function newest(
  client: ImgsrvClient,
  filter: Readonly<Record<string, string>>,
  limit: number,
  signal: AbortSignal,
): Promise<AuditEvent[]> {
  const events: AuditEvent[] = [];
  const query = { ...filter, limit: Math.min(limit, 1000) };
  for await (const event of listEntries(client, '/v1/audit-events', 'audit_events', { query, signal })) {
    events.unshift(event);
    if (events.length >= limit) break;
  }
  return events;
}

function tell(session: Session, events: readonly AuditEvent[]): void {
  for (const event of events) {
    session.showLine(event, () =>
      [
        event.occurred_at,
        event.outcome,
        event.action,
        event.resource,
        event.principal_id ?? 'the service',
        event.reason ?? '',
      ]
        .join('  ')
        .trimEnd(),
    );
  }
}
