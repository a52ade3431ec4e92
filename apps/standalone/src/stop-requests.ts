/**
 * A Ctrl-C can arrive twice: from the terminal and from npm, which passes it on. A person's second one comes later.
 */
const SAME_REQUEST_MS = 500;

export interface StopRequests {
  /** Aborts, with the name of the signal as the reason, when the process is asked to stop. */
  readonly asked: AbortSignal;
  /** Resolves when it is asked again: stop at once. */
  readonly insisted: Promise<void>;
}

/**
 * Whether a closed terminal is what SIGHUP tells of. Without one it asks for files to be read again, as it does of any
 * service.
 */
export const HAS_TERMINAL = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;

/** Listens for SIGINT, SIGTERM and the SIGHUP of a closed terminal, from now to the end of the process. */
export function listenForStopRequests(): StopRequests {
  const controller = new AbortController();
  const insisted = new Promise<void>((resolve) => {
    let askedAt: number | undefined;
    const ask = (signal: NodeJS.Signals): void => {
      askedAt ??= performance.now();
      controller.abort(signal);
      if (performance.now() - askedAt > SAME_REQUEST_MS) {
        resolve();
      }
    };
    process.on('SIGINT', ask);
    process.on('SIGTERM', ask);
    process.on('SIGHUP', (signal) => {
      if (HAS_TERMINAL) ask(signal);
    });
  });
  return { asked: controller.signal, insisted };
}
