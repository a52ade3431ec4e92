import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';

type Attribute = string | number | boolean;

export interface ReceivedSpan {
  /** `service.name` of the process that sent it. */
  readonly service: string;
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for the first of a trace. */
  readonly parentId: string;
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** A collector of traces on loopback: OTLP over HTTP, in protobuf. */
export class OtlpReceiver {
  readonly spans: ReceivedSpan[] = [];
  /** Paths and content types that were asked for. */
  readonly requests: { readonly path: string; readonly contentType: string }[] = [];

  private constructor(private readonly server: Server) {
    server.on('request', (request: IncomingMessage, response) => {
      void buffer(request).then((body) => {
        const plain = request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
        this.requests.push({
          path: request.url ?? '',
          contentType: request.headers['content-type'] ?? '',
        });
        this.spans.push(...spansOf(plain));
        response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
      });
    });
  }

  static async listen(): Promise<OtlpReceiver> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new OtlpReceiver(server);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }
}

/** https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/trace/v1/trace.proto */
function spansOf(request: Buffer): ReceivedSpan[] {
  return messages(request, 1).flatMap((resourceSpans) => {
    const [resource] = messages(resourceSpans, 1).map((message) => attributesOf(message, 1));
    return messages(resourceSpans, 2).flatMap((scopeSpans) =>
      messages(scopeSpans, 2).map((span) => ({
        service: String(resource?.['service.name']),
        name: messages(span, 5)[0]?.toString() ?? '',
        traceId: messages(span, 1)[0]?.toString('hex') ?? '',
        spanId: messages(span, 2)[0]?.toString('hex') ?? '',
        parentId: messages(span, 4)[0]?.toString('hex') ?? '',
        attributes: attributesOf(span, 9),
      })),
    );
  });
}

function attributesOf(message: Buffer, field: number): Record<string, Attribute> {
  return Object.fromEntries(
    messages(message, field).map((pair): [string, Attribute] => {
      const [value = Buffer.alloc(0)] = messages(pair, 2);
      const [only] = fieldsOf(value);
      const key = messages(pair, 1)[0]?.toString() ?? '';
      if (typeof only?.value === 'number') return [key, only.field === 2 ? only.value === 1 : only.value];
      return [key, only?.value.toString() ?? ''];
    }),
  );
}

/** The length-delimited values of a field. */
function messages(message: Buffer, field: number): Buffer[] {
  return fieldsOf(message).flatMap((found) =>
    found.field === field && Buffer.isBuffer(found.value) ? [found.value] : [],
  );
}

interface Field {
  readonly field: number;
  readonly value: Buffer | number;
}

/** https://protobuf.dev/programming-guides/encoding/ */
function fieldsOf(message: Buffer): Field[] {
  const fields: Field[] = [];
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = message.readUInt8(at++);
      value += (byte & 0x7f) * scale;
      if (byte < 128) return value;
    }
  };
  const bytes = (length: number): Buffer => message.subarray(at, (at += length));
  while (at < message.length) {
    const tag = varint();
    const wireType = tag & 7;
    const sizes: Record<number, () => Buffer | number> = {
      0: varint,
      1: () => bytes(8),
      2: () => bytes(varint()),
      5: () => bytes(4),
    };
    const value = sizes[wireType]?.();
    if (value === undefined) throw new Error(`an unknown wire type ${wireType}`);
    fields.push({ field: tag >>> 3, value });
  }
  return fields;
}
