import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import { json, text } from 'node:stream/consumers';

/** Something that all test processes of a run use, and what they have to know of it: JSON. */
export interface Shared<Facts> {
  readonly facts: Facts;
  stop(): Promise<void>;
}

/** What a run can have, by name. */
type Starters = Readonly<Record<string, () => Promise<Shared<unknown>>>>;

/** Starts what tests share when the first test process asks for it, and stops it at the end of the run. */
export class RunBroker {
  private readonly starting = new Map<string, Promise<Shared<unknown>>>();
  /** In this order they came up: later ones may use earlier ones. */
  private readonly started: Shared<unknown>[] = [];

  private constructor(private readonly server: Server) {}

  static async listen(socketPath: string, starters: Starters): Promise<RunBroker> {
    const server = createServer();
    const broker = new RunBroker(server);
    server.on('request', ({ url = '' }, response) => {
      broker.start(url.slice(1), starters).then(
        ({ facts }) => response.end(JSON.stringify(facts)),
        (error: unknown) => response.writeHead(500).end(String(error)),
      );
    });
    server.listen(socketPath);
    await once(server, 'listening');
    return broker;
  }

  async close(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    // A start that failed has failed the test that asked for it.
    await Promise.allSettled(this.starting.values());
    for (const shared of this.started.toReversed()) {
      await shared.stop();
    }
  }

  private start(name: string, starters: Starters): Promise<Shared<unknown>> {
    const starting = this.starting.get(name) ?? this.startNow(name, starters);
    this.starting.set(name, starting);
    return starting;
  }

  private async startNow(name: string, starters: Starters): Promise<Shared<unknown>> {
    const shared = await starters[name]?.();
    if (shared === undefined) {
      throw new Error(`no test shares "${name}"`);
    }
    this.started.push(shared);
    return shared;
  }
}

/** Asks the broker that listens there for the facts of what the run shares. Rejects with the reason when it does not start. */
export async function askBroker<Facts>(socketPath: string, name: string): Promise<Facts> {
  const asking = request({ socketPath, path: `/${name}`, agent: false });
  asking.end();
  const [response] = (await once(asking, 'response')) as [IncomingMessage];
  if (response.statusCode !== 200) {
    throw new Error(await text(response));
  }
  return (await json(response)) as Facts;
}
