import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { pino } from 'pino';
import { Database } from './database.js';

/** A message of the PostgreSQL protocol, version 3: https://www.postgresql.org/docs/current/protocol-message-formats.html */
function message(type: string, body: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length + 4);
  return Buffer.concat([Buffer.from(type), length, body]);
}

const AUTHENTICATION_OK = message('R', Buffer.alloc(4));
const READY_FOR_QUERY = message('Z', Buffer.from('I'));
const ADMIN_SHUTDOWN = message(
  'E',
  Buffer.from('SFATAL\0VFATAL\0C57P01\0Mterminating connection due to administrator command\0\0'),
);

async function listen(): Promise<Server> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

describe('Database', () => {
  it('survives connections that are cut in the moment they are established', async () => {
    const server = await listen();
    const cutThrice = new Promise<void>((resolve) => {
      let connections = 0;
      server.on('connection', (socket) => {
        socket.on('error', () => socket.destroy());
        socket.once('data', () => {
          // All at once: nobody has had the time to listen for errors of a connection that was just handed out.
          socket.end(Buffer.concat([AUTHENTICATION_OK, READY_FOR_QUERY, ADMIN_SHUTDOWN]));
          connections += 1;
          if (connections === 3) resolve();
        });
      });
    });
    const { port } = server.address() as AddressInfo;
    const database = new Database({
      url: `postgres://user@127.0.0.1:${port}/database`,
      applicationName: 'imgsrv-test',
      entities: [],
      migrations: [],
      logger: pino({ level: 'silent' }),
    });
    const started = database.start();
    await cutThrice;
    await expect(database.check()).rejects.toMatchObject({ code: 'dependency-unavailable' });
    await database.close();
    await started;
    server.close();
  });
});
