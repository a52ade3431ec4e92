import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { createTemporaryFolder } from '../support/temporary-folder.js';
import { BrowserPage } from './browser-page.js';

type Members = Readonly<Record<string, unknown>>;

interface Message {
  readonly id?: number;
  readonly sessionId?: string;
  readonly method?: string;
  readonly params?: Members;
  readonly result?: Members;
  readonly error?: { readonly message: string };
}

interface Waiting {
  readonly resolve: (result: Members) => void;
  readonly reject: (error: Error) => void;
}

/** A headless Chromium, driven over a pipe (https://chromedevtools.github.io/devtools-protocol/). It reaches loopback only. */
export class Browser {
  private readonly waiting = new Map<number, Waiting>();
  private readonly listeners: ((message: Message) => void)[] = [];
  private lastId = 0;
  private rest = Buffer.alloc(0);

  private constructor(
    private readonly process: ChildProcess,
    private readonly profile: { readonly path: string; remove(): Promise<void> },
    private readonly toBrowser: Writable,
    fromBrowser: Readable,
  ) {
    fromBrowser.on('data', (chunk: Buffer) => {
      this.receive(chunk);
    });
  }

  static async start(): Promise<Browser> {
    const profile = await createTemporaryFolder('browser');
    const process = spawn(
      'chromium',
      [
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        '--no-first-run',
        '--disable-extensions',
        '--disable-background-networking',
        '--hide-scrollbars',
        '--remote-debugging-pipe',
        `--user-data-dir=${profile.path}`,
        '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1, MAP other.example 127.0.0.1',
        'about:blank',
      ],
      { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] },
    );
    return new Browser(process, profile, process.stdio[3] as Writable, process.stdio[4] as Readable);
  }

  /** A page with cookies of its own. */
  async open(): Promise<BrowserPage> {
    const { browserContextId } = await this.send('Target.createBrowserContext');
    const { targetId } = await this.send('Target.createTarget', { url: 'about:blank', browserContextId });
    const { sessionId } = await this.send('Target.attachToTarget', { targetId, flatten: true });
    return BrowserPage.attach(
      (method, params) => this.send(method, params, String(sessionId)),
      (listen) => {
        this.listeners.push(({ sessionId: from, method, params }) => {
          if (from === sessionId && method !== undefined) {
            listen(method, params ?? {});
          }
        });
      },
    );
  }

  async close(): Promise<void> {
    this.process.kill('SIGKILL');
    if (this.process.exitCode === null && this.process.signalCode === null) {
      await once(this.process, 'exit');
    }
    await this.profile.remove();
  }

  private send(method: string, params: Members = {}, sessionId?: string): Promise<Members> {
    this.lastId += 1;
    const id = this.lastId;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      const message = { id, method, params, ...(sessionId === undefined ? {} : { sessionId }) };
      this.toBrowser.write(`${JSON.stringify(message)}\0`);
    });
  }

  /** Messages end with a NUL. */
  private receive(chunk: Buffer): void {
    this.rest = Buffer.concat([this.rest, chunk]);
    for (let end = this.rest.indexOf(0); end !== -1; end = this.rest.indexOf(0)) {
      const message = JSON.parse(this.rest.subarray(0, end).toString()) as Message;
      this.rest = this.rest.subarray(end + 1);
      this.take(message);
    }
  }

  private take(message: Message): void {
    if (message.id === undefined) {
      this.listeners.forEach((listen) => {
        listen(message);
      });
      return;
    }
    const waiting = this.waiting.get(message.id);
    this.waiting.delete(message.id);
    if (message.error === undefined) {
      waiting?.resolve(message.result ?? {});
    } else {
      waiting?.reject(new Error(message.error.message));
    }
  }
}
