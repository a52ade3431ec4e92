import { createHash } from 'node:crypto';
import { type Breakage, FAULTS } from './fault-folder.js';
import { protocolOf } from './weave.js';

/** Points that only a failure leads to, with that failure. */
const LEADS_TO: Readonly<Record<string, Breakage>> = {
  'cas/uploads/uploads Uploads.create abortMultipartUpload': {
    point: 'cas/uploads/uploads Uploads.create transaction',
    fault: 'error',
  },
  'cas/records/record-objects putRecord abortMultipartUpload': {
    point: 'cas/records/record-objects putRecord putPart',
    fault: 'error',
  },
  'cas/uploads/made-blobs MadeBlobs.keepContent transaction 3': {
    point: 'cas/uploads/made-blobs MadeBlobs.storeAndAdmit transaction',
    fault: 'error',
  },
  'jobs/job-store JobStore.requeue fenced': { point: 'cas/uploads/ingest Ingest.run fenced', fault: 'error' },
};

/** What has to be broken so that every point is visited. */
export const LEADING: readonly Breakage[] = Object.values(LEADS_TO);

export function leadingTo(point: string): readonly Breakage[] {
  const leading = LEADS_TO[point];
  return leading === undefined ? [] : [leading];
}

/** Every fault at every point, in an order that looks random and is always the same. */
export function allBreakages(points: Iterable<string>): Breakage[] {
  return [...points]
    .flatMap((point) => FAULTS.map((fault) => ({ point, fault })))
    .sort((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1));
}

function orderOf({ point, fault }: Breakage): string {
  return createHash('sha256').update(`${point} ${fault}`).digest('hex');
}

/** Takes from the breakages those of one round, so few that none hides another: some, each of another protocol. */
export function takeRound(breakages: Breakage[], most: number): Breakage[] {
  const round: Breakage[] = [];
  const leads = new Set<string>();
  for (const breakage of [...breakages]) {
    const protocol = protocolOf(breakage.point);
    const isTaken = round.some((other) => protocolOf(other.point) === protocol);
    const touched = [breakage, ...leadingTo(breakage.point)].map(({ point }) => point);
    if (round.length < most && !isTaken && !touched.some((point) => leads.has(point))) {
      round.push(breakage);
      touched.forEach((point) => leads.add(point));
      breakages.splice(breakages.indexOf(breakage), 1);
    }
  }
  return round;
}

/** One line a protocol: its points, the breakages that happened, and the rounds in which something was wrong. */
export function tableOf(points: Iterable<string>, happened: readonly Breakage[], violations: number): string {
  const protocols = new Map<string, { points: number; breakages: number }>();
  const rowOf = (point: string): { points: number; breakages: number } => {
    const row = protocols.get(protocolOf(point)) ?? { points: 0, breakages: 0 };
    protocols.set(protocolOf(point), row);
    return row;
  };
  for (const point of points) rowOf(point).points += 1;
  for (const { point } of happened) rowOf(point).breakages += 1;
  const rows = [...protocols]
    .sort()
    .map(([name, row]) => `${name}: ${row.points} points, ${row.breakages} combinations`);
  return [...rows, `together: ${happened.length} combinations, ${violations} violations`].join('\n');
}
