import {
  type PlainAnswer,
  PlainConnection,
  type PlainGet,
  type PlainOrigin,
  StaleConnectionError,
} from './plain-connection.js';

/** More are closed, as Node's own client does. */
const MOST_IDLE = 256;

/** Connections to one server, each of which is kept for the next GET for so long. */
export class PlainConnections {
  readonly #idle: PlainConnection[] = [];
  #isClosed = false;

  constructor(
    private readonly origin: PlainOrigin,
    private readonly idleMs: number,
  ) {}

  /** As `PlainConnection.get`. */
  async get(get: PlainGet): Promise<PlainAnswer | undefined> {
    const idle = this.#idle.pop();
    if (idle !== undefined) {
      idle.wake();
      try {
        return await idle.get(get);
      } catch (error) {
        if (!(error instanceof StaleConnectionError)) throw error;
      }
    }
    return this.#connect().get(get);
  }

  /** Closes those that are idle, and the others as soon as they are. */
  close(): void {
    this.#isClosed = true;
    this.#idle.splice(0).forEach((connection) => {
      connection.destroy();
    });
  }

  #connect(): PlainConnection {
    return new PlainConnection(this.origin, {
      onFree: (connection) => {
        if (this.#isClosed || this.#idle.length === MOST_IDLE) {
          connection.destroy();
        } else {
          connection.sleep(this.idleMs);
          this.#idle.push(connection);
        }
      },
      onClose: (connection) => {
        const index = this.#idle.indexOf(connection);
        if (index !== -1) this.#idle.splice(index, 1);
      },
    });
  }
}
