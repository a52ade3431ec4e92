import http from 'node:http';
import type { OnReadOpts } from 'node:net';
import type { Duplex } from 'node:stream';

/** Bytes; what one read of a socket may bring. Above 512 KiB the gain is lost in the noise, the memory is not. */
const SLAB_BYTES = 512 * 1024;

/** A slab with less than this left is given up: reads from it would be small again. */
const SMALLEST_READ_BYTES = 64 * 1024;

/**
 * An `http.Agent` whose sockets read up to 512 KiB at once instead of Node's 64 KiB. The download path is bound by
 * the single thread that handles each read, so larger reads are what makes it fast.
 *
 * Node offers large reads only as `onread` (https://nodejs.org/api/net.html#socketconnectoptions-connectlistener),
 * which hands the bytes to a callback instead of the stream; the callback gives them to the HTTP parser by the
 * `data` event it listens to, so parsing, keep-alive and back-pressure (`pause` and `resume` work with `onread`)
 * stay Node's. Each read fills the next piece of a slab: small reads share one and pin no more memory than they
 * carry. Not for TLS, which decrypts in records of 16 KiB whatever the read.
 */
export class LargeReadAgent extends http.Agent {
  override createConnection(
    options: http.ClientRequestArgs,
    callback?: (error: Error | null, stream: Duplex) => void,
  ): Duplex | null | undefined {
    let slab = Buffer.alloc(0);
    let usedBytes = 0;
    const onread: OnReadOpts = {
      buffer: () => {
        if (slab.length - usedBytes < SMALLEST_READ_BYTES) {
          slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
          usedBytes = 0;
        }
        return slab.subarray(usedBytes);
      },
      callback: (readBytes) => {
        const chunk = slab.subarray(usedBytes, usedBytes + readBytes);
        usedBytes += readBytes;
        socket?.emit('data', chunk);
        return true;
      },
    };
    const withLargeReads = { ...options, onread };
    const socket = super.createConnection(withLargeReads, callback);
    return socket;
  }
}
