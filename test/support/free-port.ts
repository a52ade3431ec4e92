import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** Below the ports from which systems take the near ends of connections. */
const FIRST_PORT = 20_000;
const LAST_PORT = 32_000;

/**
 * A loopback port that is free now, for what cannot say which one the system chose or will leave it for a while. Nobody
 * gets it by chance meanwhile: not even one who connects to it, for whom the system could choose the same near end.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(FIRST_PORT, LAST_PORT);
    if (await isFree(port)) {
      return port;
    }
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => {
      resolve(false);
    });
    server.listen(port, '127.0.0.1', () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}
