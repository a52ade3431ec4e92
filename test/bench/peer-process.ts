import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { getUrl } from '../support/http-client.js';
import { waitFor } from '../support/wait-for.js';

/** A server of somebody else, to measure against. */
export class PeerProcess {
  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
  ) {}

  /** Resolves when it answers at `url`, whatever it answers. */
  static async start(command: string, args: readonly string[], url: string): Promise<PeerProcess> {
    // Nothing of whoever measures, such as AWS_* variables.
    const child = spawn(command, args, {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { PATH: process.env['PATH'] },
    });
    const peer = new PeerProcess(child, url);
    await waitFor(() => answers(url), { what: `${command} to answer`, timeoutMs: 20_000 });
    return peer;
  }

  get pid(): number {
    if (this.child.pid === undefined) {
      throw new Error('it was not started');
    }
    return this.child.pid;
  }

  async stop(): Promise<void> {
    if (this.child.exitCode === null) {
      const ended = once(this.child, 'exit');
      this.child.kill('SIGTERM');
      await ended;
    }
  }
}

function answers(url: string): Promise<boolean> {
  return getUrl(url).then(
    () => true,
    () => false,
  );
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (address === null || typeof address === 'string') {
    throw new Error('no free port');
  }
  return address.port;
}
