import { connect, isIP, type OnReadOpts, type Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import { ObjectBody } from '../object-body.js';
import { ReusableBuffers } from '../reusable-buffers.js';
import { SlabPool } from '../slab-pool.js';
import { type PlainHead, ResponseHeadReader } from './response-head.js';
import { storeUnavailable } from './s3-errors.js';
import { StallTimer } from './stall-timer.js';

/** A slab is what one read of the socket may bring. */
const SLABS = new SlabPool({
  largestBytes: 256 * 1024,
  smallestBytes: 16 * 1024,
  budgetBytes: 24 * 2 ** 20,
  mostIdleBytes: 8 * 2 ** 20,
});

/** A slab with less than this share of it left is given up: reads from it would be small again. */
const SMALLEST_ROOM = 1 / 4;

/** What a connection reads into until a head is whole: one that waits, or is idle, holds no slab. */
const HEAD_ROOM_BYTES = 2048;

export interface PlainOrigin {
  readonly host: string;
  readonly port: number;
  /** Speaks TLS, with these options, when given. */
  readonly tls?: ConnectionOptions;
  /** Milliseconds to a connection, to the head of an answer, and to more bytes of a body while its reader waits for them. */
  readonly connectMs: number;
  readonly answerMs: number;
  readonly stallMs: number;
}

export interface PlainGet {
  /** The request as it goes over the wire. */
  readonly requestHead: string;
  readonly signal: AbortSignal | undefined;
}

export interface PlainAnswer {
  readonly head: PlainHead;
  readonly body: Readable;
}

/** The other side closed a connection, that had carried answers, before a byte of the next one: it can be asked for again. */
export class StaleConnectionError extends Error {}

/**
 * A connection for one GET after the other, which is read in pieces of up to 256 KiB, over TLS of up to a record of 16 KiB.
 * Node's HTTP client copies every byte once more in its parser and makes a buffer for each read, which costs 2.5
 * times the processor time per byte, over TLS twice as much, and one thread has to move them all.
 */
export class PlainConnection {
  readonly #origin: PlainOrigin;
  readonly #socket: Socket;
  readonly #headRoom = Buffer.allocUnsafeSlow(HEAD_ROOM_BYTES);
  readonly #onFree: (connection: PlainConnection) => void;
  #isConnected = false;
  #isUsed = false;
  #waiting: Waiting | undefined;
  #body: PlainBody | undefined;

  /** `onFree` is told each time when the next GET may be sent; `onClose` when none may be any more. */
  constructor(
    origin: PlainOrigin,
    {
      onFree,
      onClose,
    }: {
      onFree: (connection: PlainConnection) => void;
      onClose: (connection: PlainConnection) => void;
    },
  ) {
    this.#origin = origin;
    this.#onFree = onFree;
    // Large reads exist in Node as `onread` only: the socket fills a buffer of ours and calls us for it.
    this.#socket = connectTo(origin, {
      buffer: () => this.#body?.room() ?? this.#headRoom,
      callback: (readBytes) => {
        if (this.#body) this.#body.acceptRead(readBytes);
        // Copied: the next read writes over it.
        else this.#takeHead(Buffer.from(this.#headRoom.subarray(0, readBytes)));
        return true;
      },
    });
    this.#socket.once(origin.tls === undefined ? 'connect' : 'secureConnect', () => {
      this.#isConnected = true;
      this.#waiting?.send();
    });
    this.#socket.on('timeout', () => {
      this.destroy();
    });
    this.#socket.on('error', (error) => {
      this.#waiting?.fail(error);
    });
    this.#socket.once('close', () => {
      this.#waiting?.fail(brokenConnection());
      this.#body?.broken();
      onClose(this);
    });
  }

  /**
   * Undefined when the answer is not the plain sort (`ResponseHeadReader`): nothing of it was used, ask again in the
   * ordinary way. Rejects with StaleConnectionError. The body fails when the connection ends before the promised bytes, or brings none for
   * too long while the reader waits; the connection is closed when the body is destroyed before its end.
   */
  get({ requestHead, signal }: PlainGet): Promise<PlainAnswer | undefined> {
    return new Promise((resolve, reject) => {
      const fail = (error: Error) => {
        settle();
        this.destroy();
        reject(error);
      };
      const onAbort = () => {
        fail(namedError('AbortError', 'The read was aborted.', signal?.reason));
      };
      const timer = new AnswerTimer(fail);
      const settle = () => {
        timer.stop();
        signal?.removeEventListener('abort', onAbort);
        this.#waiting = undefined;
      };
      const waiting: Waiting = {
        head: new ResponseHeadReader(),
        hasBytes: false,
        send: () => {
          timer.expect('answer', this.#origin.answerMs);
          this.#socket.write(requestHead, 'latin1');
        },
        give: (answer) => {
          settle();
          resolve(answer);
        },
        fail: (error) => {
          fail(
            this.#isUsed && !waiting.hasBytes
              ? new StaleConnectionError('The connection was closed while it was idle.', { cause: error })
              : error,
          );
        },
      };
      this.#waiting = waiting;
      signal?.addEventListener('abort', onAbort, { once: true });
      if (signal?.aborted) {
        onAbort();
      } else if (this.#isConnected) {
        waiting.send();
      } else {
        timer.expect('connection', this.#origin.connectMs);
      }
    });
  }

  /** Closes it after so many milliseconds, unless `wake` comes before; nothing waits for it meanwhile. */
  sleep(forMs: number): void {
    this.#socket.resume();
    this.#socket.setTimeout(forMs);
    this.#socket.unref();
  }

  wake(): void {
    this.#socket.setTimeout(0);
    this.#socket.ref();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #takeHead(chunk: Buffer): void {
    const waiting = this.#waiting;
    if (waiting === undefined) {
      // Nothing was asked for.
      this.destroy();
      return;
    }
    waiting.hasBytes = true;
    const read = waiting.head.add(chunk);
    if (read === undefined) return;
    if (read === 'not-plain') {
      this.destroy();
      waiting.give(undefined);
      return;
    }
    const { head, rest } = read;
    const body = new PlainBody(this.#socket, head.sizeBytes, {
      stallMs: this.#origin.stallMs,
      onEnd: (hasMore) => {
        this.#ended(hasMore || !head.keepsConnection);
      },
    });
    this.#body = body;
    waiting.give({ head, body });
    body.accept(rest);
  }

  #ended(isLast: boolean): void {
    this.#body = undefined;
    this.#isUsed = true;
    if (isLast || this.#socket.destroyed) this.destroy();
    else this.#onFree(this);
  }
}

interface Waiting {
  readonly head: ResponseHeadReader;
  /** Whether anything of the answer came. */
  hasBytes: boolean;
  readonly send: () => void;
  readonly give: (answer: PlainAnswer | undefined) => void;
  readonly fail: (error: Error) => void;
}

function connectTo({ host, port, tls }: PlainOrigin, onread: OnReadOpts): Socket {
  const options = { host, port, noDelay: true, onread };
  if (tls === undefined) {
    return connect(options);
  }
  // A certificate names hosts; an address is compared as it is.
  const name = isIP(host) === 0 ? { servername: host } : {};
  return connectTls({ ...options, ...name, ...tls });
}

interface BodyRules {
  readonly stallMs: number;
  /** All of the body came, and perhaps more than that. */
  readonly onEnd: (hasMore: boolean) => void;
}

class PlainBody extends ObjectBody {
  readonly #buffers = new ReusableBuffers(SLABS, SMALLEST_ROOM);
  readonly #socket: Socket;
  readonly #onEnd: BodyRules['onEnd'];
  readonly #stall: StallTimer;
  #missingBytes: number;

  constructor(socket: Socket, sizeBytes: number, { stallMs, onEnd }: BodyRules) {
    super({ highWaterMark: 1 });
    this.#socket = socket;
    this.#missingBytes = sizeBytes;
    this.#onEnd = onEnd;
    this.#stall = new StallTimer(stallMs, (error) => this.destroy(storeUnavailable(error)));
    socket.pause();
  }

  /** Where the next read of the socket goes. */
  room(): Buffer {
    return this.#buffers.room();
  }

  /** What was read into the room. */
  acceptRead(readBytes: number): void {
    this.accept(this.#buffers.take(readBytes));
  }

  /** Bytes after the promised ones are not ours to judge: the connection is closed and they are never looked at. */
  accept(chunk: Buffer): void {
    if (this.destroyed) return;
    const ours = chunk.length <= this.#missingBytes ? chunk : chunk.subarray(0, this.#missingBytes);
    this.#missingBytes -= ours.length;
    if (ours.length > 0 && !this.push(ours)) {
      this.#socket.pause();
      this.#stall.stop();
    } else if (!this.#socket.isPaused()) {
      this.#stall.waitForStore();
    }
    if (this.#missingBytes === 0) {
      this.#stall.stop();
      this.push(null);
      this.#buffers.close();
      this.#onEnd(ours.length < chunk.length);
    }
  }

  /** The connection was closed. */
  broken(): void {
    const received = `${this.deliveredBytes} of ${this.deliveredBytes + this.#missingBytes}`;
    this.destroy(storeUnavailable(new Error(`The object store sent ${received} bytes.`)));
    this.#buffers.close();
  }

  override giveBack(chunk: Buffer): void {
    this.#buffers.giveBack(chunk);
  }

  override _read(): void {
    if (this.#missingBytes === 0) return;
    this.#stall.waitForStore();
    this.#socket.resume();
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    this.#stall.stop();
    if (this.#missingBytes > 0) this.#socket.destroy();
    callback(error);
  }
}

/** One wait at a time. */
class AnswerTimer {
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly onTimeout: (error: Error) => void) {}

  expect(what: string, withinMs: number): void {
    this.stop();
    this.#timer = setTimeout(() => {
      this.onTimeout(namedError('TimeoutError', `No ${what} within ${withinMs} ms.`));
    }, withinMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}

function namedError(name: 'AbortError' | 'TimeoutError', message: string, cause?: unknown): Error {
  return Object.assign(new Error(message, { cause }), { name });
}

function brokenConnection(): Error {
  return Object.assign(new Error('The connection was closed too early.'), { code: 'ECONNRESET' });
}
