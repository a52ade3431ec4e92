import { homedir } from 'node:os';
import type { Terminal } from './terminal.js';

/** The terminal of this process. */
export function processTerminal(signal: AbortSignal): Terminal {
  const { env: environment, stdin, stdout, stderr } = process;
  return { environment, stdin, stdout, stderr, home: homedir(), signal };
}
