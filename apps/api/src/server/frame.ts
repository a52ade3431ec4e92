import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';

/** Goes on with the next step; with an error the request is answered with that, and no step follows. */
export type Next = (failure?: { readonly thrown: unknown }) => void;

/**
 * What happens to every request before anybody answers it. It stands before the framework, so that what is answered from memory goes
 * through the same steps and needs nothing else.
 */
export type Step = (request: IncomingMessage, response: ServerResponse, next: Next) => void;

const failures = new WeakMap<IncomingMessage, { readonly thrown: unknown }>();

/** Takes requests through `steps`, in their order, and then to `answer`, which has to ask `failureOf` first. */
export function framed(steps: readonly Step[], answer: RequestListener): RequestListener {
  return (request, response) => {
    let at = 0;
    const next: Next = (failure) => {
      if (failure !== undefined) {
        failures.set(request, failure);
        at = steps.length;
      }
      const step = steps[at];
      at += 1;
      if (step === undefined) {
        answer(request, response);
      } else {
        step(request, response, next);
      }
    };
    next();
  };
}

/** What a step gave up the request with; undefined when none did. */
export function failureOf(request: IncomingMessage): { readonly thrown: unknown } | undefined {
  return failures.get(request);
}

/** The path that a request asks for, as it was sent, without the query. */
export function pathOf({ url = '/' }: IncomingMessage): string {
  const end = url.indexOf('?');
  const target = end === -1 ? url : url.slice(0, end);
  if (target.startsWith('/')) {
    return target;
  }
  // Every server has to take the whole URL as well (RFC 9112, 3.2.2).
  return URL.canParse(target) ? new URL(target).pathname : target;
}
