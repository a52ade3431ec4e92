import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';
import type { S3Service } from '../support/s3-service.js';

/** The calls of S3 that are told apart here, by method and query. */
export type S3Call =
  | 'create-upload'
  | 'put-part'
  | 'put'
  | 'complete'
  | 'abort'
  | 'list-parts'
  | 'list-uploads'
  | 'head'
  | 'get'
  | 'list'
  | 'delete'
  | 'bucket';

/** One request on its way to the store. */
export interface Passing {
  readonly request: http.IncomingMessage;
  readonly response: http.ServerResponse;
  /** Sends it on, with all of its body, and resolves with the answer's head; its body is not read yet. */
  readonly forward: () => Promise<http.IncomingMessage>;
}

/** What happens to a request instead of being passed on. */
export type Fault = (passing: Passing) => Promise<void>;

interface Plan {
  readonly call: S3Call | 'any';
  readonly fault: Fault;
  left: number;
}

/** A way to an S3 service on which calls go wrong as a test plans it. */
export class S3FaultProxy {
  /** Every call that came in. */
  private readonly seen: S3Call[] = [];
  private plans: Plan[] = [];
  private readonly server: http.Server;
  private readonly storeHost: string;
  private readonly storePort: number;

  private constructor(private readonly target: S3Service) {
    const { hostname, port } = new URL(`http://${target.endpoint}`);
    this.storeHost = hostname;
    this.storePort = Number(port);
    this.server = http.createServer((request, response) => {
      response.on('error', () => undefined);
      this.pass(request, response).catch(() => response.destroy());
    });
    this.server.on('connection', (socket) => {
      socket.on('error', () => undefined);
    });
  }

  static async open(target: S3Service): Promise<S3FaultProxy> {
    const proxy = new S3FaultProxy(target);
    proxy.server.listen(0, '127.0.0.1');
    await once(proxy.server, 'listening');
    return proxy;
  }

  /** The service, through this proxy. */
  get service(): S3Service {
    return { ...this.target, endpoint: `127.0.0.1:${(this.server.address() as AddressInfo).port}` };
  }

  /** The next calls of this sort go wrong; default one, `Infinity` until `heal`. */
  plan(call: S3Call | 'any', fault: Fault, times = 1): void {
    this.plans.push({ call, fault, left: times });
  }

  /** Whether everything that was planned has happened. */
  get isDone(): boolean {
    return this.plans.every(({ left }) => left === 0 || left === Infinity);
  }

  heal(): void {
    this.plans = [];
    this.seen.length = 0;
  }

  count(call: S3Call): number {
    return this.seen.filter((one) => one === call).length;
  }

  async close(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }

  private async pass(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const call = callOf(request, this.target.bucket);
    this.seen.push(call);
    const passing = { request, response, forward: () => this.forward(request, response) };
    const plan = this.plans.find((one) => one.left > 0 && (one.call === call || one.call === 'any'));
    if (plan === undefined) {
      await deliver(passing);
      return;
    }
    plan.left -= 1;
    await plan.fault(passing);
  }

  private async forward(
    request: http.IncomingMessage,
    response: http.ServerResponse,
  ): Promise<http.IncomingMessage> {
    const { method, url: path, headers } = request;
    const onward = http.request({
      host: this.storeHost,
      port: this.storePort,
      agent: false,
      method,
      path,
      headers,
    });
    response.once('close', () => onward.destroy());
    const answered = once(onward, 'response') as Promise<[http.IncomingMessage]>;
    onward.on('error', () => response.destroy());
    await pipeline(request, onward);
    const [answer] = await answered;
    answer.on('error', () => response.destroy());
    return answer;
  }
}

/** Passes a request and its answer on as they are. */
async function deliver({ response, forward }: Passing): Promise<void> {
  const answer = await forward();
  response.writeHead(answer.statusCode ?? 502, answer.headers);
  await pipeline(answer, response);
}

/** The store says this, and nothing has happened in it. */
export function refusal(status: number, code: string): Fault {
  return async ({ request, response }) => {
    request.resume();
    await once(request, 'end');
    answerWith(request, response, status, code);
  };
}

/** The store has done it, and says something else. */
export function lateRefusal(status: number, code: string): Fault {
  return async ({ request, response, forward }) => {
    (await forward()).resume();
    answerWith(request, response, status, code);
  };
}

/** The connection is reset before the store has heard of it. */
export const resetBefore: Fault = ({ request }) => {
  request.socket.resetAndDestroy();
  return Promise.resolve();
};

/** The connection is reset when the store has done it. */
export const resetAfter: Fault = async ({ request, forward }) => {
  (await forward()).resume();
  request.socket.resetAndDestroy();
};

/** The connection is closed in the middle of the request. */
export const truncatedRequest: Fault = async ({ request }) => {
  await once(request, 'data');
  request.socket.destroy();
};

/** Of the answer's body come only so many bytes, then the connection ends. */
export function truncatedAnswer(bytes: number): Fault {
  return async ({ response, forward }) => {
    await sendFirst(response, await forward(), bytes);
    response.socket?.end();
  };
}

/** Of the answer's body come only so many bytes, and the connection stays open. */
export function stalledAnswer(bytes: number): Fault {
  return async ({ response, forward }) => {
    await sendFirst(response, await forward(), bytes);
  };
}

/** Nothing of the request is taken. */
export const stalledRequest: Fault = ({ request }) => {
  request.pause();
  return Promise.resolve();
};

/** One bit of the answer's body is another one. */
export const flippedAnswer: Fault = async ({ response, forward }) => {
  const answer = await forward();
  response.writeHead(answer.statusCode ?? 502, answer.headers);
  let isFirst = true;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    if (isFirst && chunk.length > 0) {
      chunk.writeUInt8(chunk.readUInt8(0) ^ 1, 0);
      isFirst = false;
    }
    response.write(chunk);
  }
  response.end();
};

async function sendFirst(
  response: http.ServerResponse,
  answer: http.IncomingMessage,
  bytes: number,
): Promise<void> {
  response.writeHead(answer.statusCode ?? 502, answer.headers);
  let sentBytes = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    const part = chunk.subarray(0, bytes - sentBytes);
    sentBytes += part.length;
    response.write(part);
    if (sentBytes >= bytes) break;
  }
}

function answerWith(
  request: http.IncomingMessage,
  response: http.ServerResponse,
  status: number,
  code: string,
): void {
  const body = `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code></Error>`;
  response.writeHead(status, { 'content-type': 'application/xml' });
  response.end(request.method === 'HEAD' ? undefined : body);
}

function callOf({ method, url }: http.IncomingMessage, bucket: string): S3Call {
  const { pathname, searchParams: query } = new URL(url ?? '/', 'http://store');
  if (pathname === `/${bucket}` || pathname === `/${bucket}/`) {
    if (query.has('uploads')) return 'list-uploads';
    return query.has('list-type') ? 'list' : 'bucket';
  }
  switch (method) {
    case 'HEAD':
      return 'head';
    case 'GET':
      return query.has('uploadId') ? 'list-parts' : 'get';
    case 'PUT':
      return query.has('partNumber') ? 'put-part' : 'put';
    case 'POST':
      return query.has('uploads') ? 'create-upload' : 'complete';
    default:
      return query.has('uploadId') ? 'abort' : 'delete';
  }
}
