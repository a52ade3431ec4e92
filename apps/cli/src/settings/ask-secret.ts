import type { Terminal } from './terminal.js';

const MAX_SECRET_BYTES = 64 * 1024;
const CTRL_C = '\x03';
const CTRL_D = '\x04';
const BACKSPACE = ['\x7f', '\b'];

/** A line that nobody sees when it is typed; all of the input when there is no terminal. */
export async function askSecret(question: string, terminal: Terminal): Promise<string> {
  const { stdin, stderr } = terminal;
  if (!('setRawMode' in stdin) || !stdin.isTTY) return readInput(terminal);
  stderr.write(question);
  stdin.setRawMode(true);
  try {
    return await readLine(stdin, terminal.signal);
  } finally {
    stdin.setRawMode(false);
    stdin.pause();
    stderr.write('\n');
  }
}

async function readInput({ stdin }: Terminal): Promise<string> {
  let text = '';
  for await (const chunk of stdin) {
    text += String(chunk);
    if (text.length > MAX_SECRET_BYTES) break;
  }
  return text;
}

function readLine(stdin: NodeJS.ReadStream, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    let line = '';
    const end = (): void => {
      stdin.off('data', take);
      resolve(line);
    };
    const take = (chunk: Buffer): void => {
      for (const character of chunk.toString()) {
        if (character === '\r' || character === '\n' || character === CTRL_D) {
          end();
          return;
        }
        if (character === CTRL_C) {
          // Raw mode makes no signal of it.
          process.kill(process.pid, 'SIGINT');
          return;
        }
        line = BACKSPACE.includes(character) ? line.slice(0, -1) : line + character;
      }
    };
    signal.addEventListener('abort', () => {
      reject(signal.reason instanceof Error ? signal.reason : new Error('interrupted'));
    });
    stdin.on('data', take).resume();
  });
}
