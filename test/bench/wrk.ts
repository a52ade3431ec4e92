import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cpuSeconds, peakMib, resetPeaks } from './process-usage.js';

const run = promisify(execFile);

export interface WrkOptions {
  readonly connections: number;
  readonly seconds: number;
  readonly headers?: readonly string[];
  /** Lua; see wrk's own SCRIPTING. */
  readonly script?: string;
  /** The processes whose memory and processor time count. */
  readonly servers?: readonly number[];
}

export interface WrkResult {
  readonly requests: number;
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Answers of 4xx and 5xx, and socket errors. */
  readonly failures: number;
  /** Of all servers, for one request. */
  readonly cpuMsPerRequest: number;
  readonly peakMib: number;
}

/** Sends the same request again and again on some connections, with Debian's wrk. */
export async function wrk(url: string, options: WrkOptions): Promise<WrkResult> {
  const { connections, seconds, headers = [], script, servers = [] } = options;
  const folder = await mkdtemp(join(tmpdir(), 'imgsrv-wrk-'));
  try {
    const lua = join(folder, 'request.lua');
    if (script !== undefined) {
      await writeFile(lua, script);
    }
    resetPeaks(servers);
    const before = cpuSeconds(servers);
    const { stdout } = await run('wrk', [
      ...['-t', String(Math.min(2, connections)), '-c', String(connections), '-d', `${seconds}s`],
      ...['--latency', '--timeout', '30s'],
      ...headers.flatMap((header) => ['-H', header]),
      ...(script === undefined ? [] : ['-s', lua]),
      url,
    ]);
    const requests = numberIn(stdout, /^\s*(\d+) requests in/m);
    return {
      requests,
      requestsPerSecond: numberIn(stdout, /^Requests\/sec:\s+([\d.]+)/m),
      p50Ms: milliseconds(stdout, '50%'),
      p99Ms: milliseconds(stdout, '99%'),
      failures: numberIn(stdout, /Non-2xx or 3xx responses: (\d+)/, 0) + socketErrors(stdout),
      cpuMsPerRequest: ((cpuSeconds(servers) - before) * 1000) / requests,
      peakMib: Math.max(0, ...servers.map(peakMib)),
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** A script that asks for one of the first `count` ranges of `bytes` each time. */
export function randomRanges(count: number, bytes: number): string {
  return `
    math.randomseed(os.time())
    request = function()
      local start = math.random(0, ${count - 1}) * ${bytes}
      wrk.headers["Range"] = "bytes=" .. string.format("%d-%d", start, start + ${bytes - 1})
      return wrk.format("GET")
    end`;
}

function numberIn(text: string, pattern: RegExp, otherwise = Number.NaN): number {
  const found = pattern.exec(text)?.[1];
  return found === undefined ? otherwise : Number(found);
}

function milliseconds(text: string, share: string): number {
  const [, value, unit = ''] = new RegExp(`^\\s+${share}\\s+([\\d.]+)(us|ms|s|m)\\s*$`, 'm').exec(text) ?? [];
  return Number(value) * ({ us: 0.001, ms: 1, s: 1000, m: 60_000 }[unit] ?? Number.NaN);
}

function socketErrors(text: string): number {
  const [, ...counts] =
    /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(text) ?? [];
  return counts.map(Number).reduce((sum, count) => sum + count, 0);
}
