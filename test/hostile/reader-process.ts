import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { MutatedContent } from './mutated-content.js';

export type Outcome = 'accepted' | 'refused' | 'hung' | 'unexpected';

interface Answer {
  readonly outcome: Outcome;
  readonly error?: string;
}

/** An answer, and how long it took, without the start of the process. */
export type TimedAnswer = Answer & { readonly ms: number };

const PROGRAM = fileURLToPath(new URL('read-content.mjs', import.meta.url));

/** The readers in a process of their own, which is killed and begun anew when one of them does not come back. */
export class ReaderProcess {
  private child: ChildProcess | undefined;

  constructor(private readonly limitMs: number) {}

  async read(content: MutatedContent): Promise<TimedAnswer> {
    this.child ??= await start();
    const startedAt = performance.now();
    const answer = await this.ask(this.child, content);
    return { ...answer, ms: performance.now() - startedAt };
  }

  async stop(): Promise<void> {
    const { child } = this;
    this.child = undefined;
    if (child?.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  }

  private async ask(child: ChildProcess, { reader, bytes, sizeBytes }: MutatedContent): Promise<Answer> {
    const limit = AbortSignal.timeout(this.limitMs);
    try {
      child.send({ reader, bytes, sizeBytes });
      const [answer] = (await once(child, 'message', { signal: limit })) as [Answer];
      return answer;
    } catch (error) {
      await this.stop();
      return limit.aborted ? { outcome: 'hung' } : { outcome: 'unexpected', error: String(error) };
    }
  }
}

async function start(): Promise<ChildProcess> {
  const child = fork(PROGRAM, { serialization: 'advanced', execArgv: [] });
  const first: readonly unknown[] = await Promise.race([once(child, 'message'), once(child, 'exit')]);
  if (first[0] !== 'ready')
    throw new Error('The readers did not start; `npx nest build` makes what they run from.');
  return child;
}
