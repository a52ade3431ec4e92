import { MultiBar, type SingleBar } from 'cli-progress';
import type { Terminal } from '../settings/terminal.js';
import { printableLine } from './printable.js';
import { bytesText, durationText } from './units.js';

/** One thing that takes a while. */
export interface ProgressTask {
  /** How many bytes are done; `activity` says of what when it is another than at first, such as `verifying`. */
  update(doneBytes: number, activity?: string, totalBytes?: number): void;
  /** It is over; `note` says how. */
  finish(note: string): void;
}

/** Shows what goes on, on stderr: bars on a terminal, plain lines elsewhere, so that logs stay readable. */
export interface Progress {
  start(label: string, activity: string, totalBytes: number): ProgressTask;
  /** A line of its own. */
  line(text: string): void;
  close(): void;
}

const REDRAWS_A_SECOND = 8;
const PLAIN_LINE_EVERY_MS = 10_000;

export function openProgress({ stderr }: Terminal): Progress {
  return stderr.isTTY === true ? new BarProgress(stderr) : new PlainProgress(stderr);
}

/** How fast something goes, over the last seconds. */
class Rate {
  private readonly samples: { readonly at: number; readonly bytes: number }[] = [];

  add(bytes: number, at = performance.now()): void {
    const last = this.samples.at(-1);
    // Sent again, or another activity.
    if (last !== undefined && bytes < last.bytes) this.samples.length = 0;
    if (last === undefined || at - last.at > 200 || this.samples.length === 0)
      this.samples.push({ at, bytes });
    while (this.samples.length > 2 && at - (this.samples[0]?.at ?? at) > 5000) this.samples.shift();
  }

  bytesPerSecond(bytes: number, at = performance.now()): number | undefined {
    const [first] = this.samples;
    if (first === undefined || at - first.at < 300) return undefined;
    return ((bytes - first.bytes) / (at - first.at)) * 1000;
  }
}

/** Such as ` 43 %  1.2 GiB of 2.8 GiB  210 MiB/s  8 s left`. */
export function amountText(
  doneBytes: number,
  totalBytes: number,
  bytesPerSecond: number | undefined,
): string {
  const percent = totalBytes === 0 ? 100 : Math.floor((doneBytes / totalBytes) * 100);
  const amount = `${String(percent).padStart(3)} %  ${bytesText(doneBytes)} of ${bytesText(totalBytes)}`;
  if (bytesPerSecond === undefined || bytesPerSecond < 1) return amount;
  const left = durationText(((totalBytes - doneBytes) / bytesPerSecond) * 1000);
  return `${amount}  ${bytesText(bytesPerSecond)}/s  ${left} left`;
}

interface BarPayload {
  readonly label: string;
  readonly activity: string;
  readonly rate: Rate;
  readonly note?: string;
}

class BarProgress implements Progress {
  private readonly bars: MultiBar;

  constructor(stream: Terminal['stderr']) {
    this.bars = new MultiBar({
      stream,
      fps: REDRAWS_A_SECOND,
      hideCursor: true,
      emptyOnZero: true,
      gracefulExit: false,
      format: (_options, { value, total }, payload: BarPayload) =>
        drawBar(value, total, stream.columns ?? 80, payload),
    });
  }

  start(label: string, activity: string, totalBytes: number): ProgressTask {
    const rate = new Rate();
    const payload: BarPayload = { label: printableLine(label), activity, rate };
    const bar: SingleBar = this.bars.create(totalBytes, 0, payload);
    return {
      update: (doneBytes, now = activity, total = totalBytes) => {
        rate.add(doneBytes);
        bar.setTotal(total);
        bar.update(doneBytes, { activity: now });
      },
      finish: (note) => {
        bar.update({ note: printableLine(note) });
        bar.stop();
      },
    };
  }

  line(text: string): void {
    this.bars.log(`${text}\n`);
  }

  close(): void {
    this.bars.stop();
  }
}

/** The longest of `amountText`, with what stands before it but label and bar. */
const REST_COLUMNS = 68;
const [SHORTEST_LABEL, LONGEST_LABEL] = [12, 32];
const [SHORTEST_BAR, LONGEST_BAR] = [6, 20];

function drawBar(
  value: number,
  total: number,
  columns: number,
  { label, activity, rate, note }: BarPayload,
): string {
  const room = columns - REST_COLUMNS;
  const labelLength = Math.max(SHORTEST_LABEL, Math.min(LONGEST_LABEL, room - SHORTEST_BAR));
  const name = shorten(label, labelLength).padEnd(labelLength);
  if (note !== undefined) return `${name}  ${note}`;
  if (total === 0) return `${name}  ${activity}`;
  const amount = amountText(value, total, rate.bytesPerSecond(value));
  const cells = Math.min(LONGEST_BAR, room - labelLength);
  if (cells < SHORTEST_BAR) return `${name}  ${activity.padEnd(9)} ${amount}`;
  const filled = Math.min(cells, Math.floor((value / total) * cells));
  return `${name}  ${activity.padEnd(9)} ${'█'.repeat(filled)}${'░'.repeat(cells - filled)} ${amount}`;
}

/** Its beginning and its end. */
function shorten(text: string, length: number): string {
  if (text.length <= length) return text;
  const end = Math.floor((length - 1) / 2);
  return `${text.slice(0, length - 1 - end)}…${text.slice(-end)}`;
}

class PlainProgress implements Progress {
  constructor(private readonly stream: NodeJS.WritableStream) {}

  start(label: string, activity: string, totalBytes: number): ProgressTask {
    const rate = new Rate();
    let toldAt = performance.now();
    return {
      update: (doneBytes, now = activity, total = totalBytes) => {
        rate.add(doneBytes);
        if (performance.now() - toldAt < PLAIN_LINE_EVERY_MS) return;
        toldAt = performance.now();
        this.line(`${label}: ${now} ${amountText(doneBytes, total, rate.bytesPerSecond(doneBytes)).trim()}`);
      },
      finish: (note) => {
        this.line(`${label}: ${note}`);
      },
    };
  }

  line(text: string): void {
    this.stream.write(`${text}\n`);
  }

  close(): void {
    // Nothing is open.
  }
}
