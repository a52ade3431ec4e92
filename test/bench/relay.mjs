// The least that stands between a client and a store: passes requests on, and hashes their bodies when it is told to.
// node --expose-gc relay.mjs PORT TARGET_HOST TARGET_PORT [sha256]
import { createHash } from 'node:crypto';
import { Agent, createServer, request } from 'node:http';

const COLLECT_EVERY_BYTES = 16 * 2 ** 20;

const [port, targetHost, targetPort, algorithm] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true });
let passedBytes = 0;

createServer((incoming, answer) => {
  const { method, url: path, headers } = incoming;
  const outgoing = request({
    host: targetHost,
    port: targetPort,
    method,
    path,
    headers,
    agent,
    setHost: false,
  });
  outgoing.on('response', (response) => {
    answer.writeHead(response.statusCode, response.headers);
    response.pipe(answer);
  });
  outgoing.on('error', () => answer.destroy());
  const hash = algorithm === undefined ? undefined : createHash(algorithm);
  incoming.on('data', (chunk) => {
    hash?.update(chunk);
    // As the api does, or V8 goes through its whole heap again and again.
    passedBytes += chunk.length;
    if (passedBytes >= COLLECT_EVERY_BYTES) {
      passedBytes = 0;
      globalThis.gc({ type: 'minor' });
    }
    if (!outgoing.write(chunk)) {
      incoming.pause();
      outgoing.once('drain', () => incoming.resume());
    }
  });
  incoming.on('end', () => {
    hash?.digest();
    outgoing.end();
  });
}).listen(Number(port), '127.0.0.1');
