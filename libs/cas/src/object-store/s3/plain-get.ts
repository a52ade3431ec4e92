import { connect, isIP, type Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import { ObjectBody } from '../object-body.js';
import { ReusableBuffers } from '../reusable-buffers.js';
import { SlabPool } from '../slab-pool.js';
import { type PlainHead, ResponseHeadReader } from './response-head.js';

/** A slab is what one read of the socket may bring. */
const SLABS = new SlabPool({
  largestBytes: 256 * 1024,
  smallestBytes: 64 * 1024,
  budgetBytes: 48 * 2 ** 20,
  mostIdleBytes: 48 * 2 ** 20,
});

/** A slab with less than this share of it left is given up: reads from it would be small again. */
const SMALLEST_ROOM = 1 / 4;

export interface PlainGet {
  readonly host: string;
  readonly port: number;
  /** Speaks TLS, with these options, when given. */
  readonly tls?: ConnectionOptions;
  /** The request as it goes over the wire, with `Connection: close`. */
  readonly requestHead: string;
  /** Milliseconds to a connection, then to the head of the answer. */
  readonly connectMs: number;
  readonly answerMs: number;
  readonly signal: AbortSignal | undefined;
}

export interface PlainAnswer {
  readonly head: PlainHead;
  readonly body: Readable;
}

/**
 * A GET on a connection of its own that is read in pieces of up to 256 KiB, over TLS of up to a record of 16 KiB.
 * Node's HTTP client copies every byte once more in its parser and makes a buffer for each read, which costs 2.5
 * times the processor time per byte, over TLS twice as much, and one thread has to move them all.
 *
 * Undefined when the answer is not the plain sort (`ResponseHeadReader`): nothing of it was used, ask again in the
 * ordinary way. The body fails when the connection ends before the promised bytes; the connection is closed with
 * the last byte or when the body is destroyed.
 */
export function getPlainly(get: PlainGet): Promise<PlainAnswer | undefined> {
  return new Promise((resolve, reject) => {
    const head = new ResponseHeadReader();
    const buffers = new ReusableBuffers(SLABS, SMALLEST_ROOM);
    let body: PlainBody | undefined;
    const socket = connectWithLargeReads(get, buffers, (chunk) => {
      if (body) {
        body.accept(chunk);
        return;
      }
      const read = head.add(chunk);
      if (read === undefined) return;
      settled();
      if (read === 'not-plain') {
        socket.destroy();
        resolve(undefined);
      } else {
        if (read.rest.length > 0) buffers.narrow(chunk, read.rest);
        else buffers.giveBack(chunk);
        body = new PlainBody(socket, buffers, read.head.sizeBytes);
        body.accept(read.rest);
        resolve({ head: read.head, body });
      }
    });
    const fail = (error: Error) => {
      settled();
      socket.destroy();
      reject(error);
    };
    const onAbort = () => {
      fail(namedError('AbortError', 'The read was aborted.', get.signal?.reason));
    };
    const onClose = () => {
      fail(brokenConnection());
    };
    const timer = new AnswerTimer(fail);
    const settled = () => {
      timer.stop();
      get.signal?.removeEventListener('abort', onAbort);
      socket.off('close', onClose).off('error', fail);
      // The body hears of the end by `close`.
      socket.on('error', () => undefined);
    };
    socket.once('close', () => {
      buffers.close();
    });
    timer.expect('connection', get.connectMs);
    socket.once(get.tls === undefined ? 'connect' : 'secureConnect', () => {
      timer.expect('answer', get.answerMs);
      socket.write(get.requestHead);
    });
    socket.once('error', fail).once('close', onClose);
    get.signal?.addEventListener('abort', onAbort, { once: true });
    if (get.signal?.aborted) onAbort();
  });
}

/** Large reads exist in Node as `onread` only: the socket fills a buffer of ours and calls us for it. */
function connectWithLargeReads(
  { host, port, tls }: PlainGet,
  buffers: ReusableBuffers,
  onChunk: (chunk: Buffer) => void,
): Socket {
  const options = {
    host,
    port,
    noDelay: true,
    onread: {
      buffer: () => buffers.room(),
      callback: (readBytes: number) => {
        onChunk(buffers.take(readBytes));
        return true;
      },
    },
  };
  if (tls === undefined) {
    return connect(options);
  }
  // A certificate names hosts; an address is compared as it is.
  const name = isIP(host) === 0 ? { servername: host } : {};
  return connectTls({ ...options, ...name, ...tls });
}

class PlainBody extends ObjectBody {
  readonly #socket: Socket;
  readonly #buffers: ReusableBuffers;
  #missingBytes: number;

  constructor(socket: Socket, buffers: ReusableBuffers, sizeBytes: number) {
    super();
    this.#buffers = buffers;
    this.#socket = socket;
    this.#missingBytes = sizeBytes;
    socket.pause();
    socket.once('close', () => {
      if (this.#missingBytes > 0) this.destroy(brokenConnection());
    });
  }

  /** Bytes after the promised ones are not ours to judge: the connection is closed and they are never looked at. */
  accept(chunk: Buffer): void {
    if (this.destroyed || this.readableEnded) return;
    const ours = chunk.length <= this.#missingBytes ? chunk : chunk.subarray(0, this.#missingBytes);
    this.#missingBytes -= ours.length;
    if (ours.length > 0 && !this.push(ours)) this.#socket.pause();
    if (this.#missingBytes === 0) {
      this.push(null);
      this.#socket.destroy();
    }
  }

  override giveBack(chunk: Buffer): void {
    this.#buffers.giveBack(chunk);
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    this.#socket.destroy();
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

/** The names and codes are those by which the SDK tells what may be tried again. */
function namedError(name: 'AbortError' | 'TimeoutError', message: string, cause?: unknown): Error {
  return Object.assign(new Error(message, { cause }), { name });
}

function brokenConnection(): Error {
  return Object.assign(new Error('The connection was closed too early.'), { code: 'ECONNRESET' });
}
