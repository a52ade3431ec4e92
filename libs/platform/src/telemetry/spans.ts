import {
  type Attributes,
  context,
  type Context,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';

export interface SpanOptions {
  /** Default `internal`. */
  readonly kind?: 'server' | 'client' | 'consumer' | 'internal';
  /** Bounded or of our own making; never tokens or bodies. */
  readonly attributes?: Attributes;
  /** The headers (W3C Trace Context) that name the parent; default: the span that is active. */
  readonly parent?: Readonly<Record<string, unknown>>;
}

/** A piece of work of a trace, open until `end`. Without tracing all of it does nothing. */
export interface OpenSpan {
  /** Everything that `work` begins, at once or later, belongs to this span. */
  run<T>(work: () => T): T;
  /** At most once. */
  end(how?: { readonly name?: string; readonly attributes?: Attributes; readonly failed?: boolean }): void;
}

/** Opens a span that whoever calls ends. */
export function openSpan(name: string, options: SpanOptions = {}): OpenSpan {
  const parent = parentOf(options);
  const span = begin(name, options, parent);
  return {
    run: (work) => context.with(trace.setSpan(parent, span), work),
    end: (how = {}) => {
      if (how.name !== undefined) {
        span.updateName(how.name);
      }
      span.setAttributes(how.attributes ?? {});
      if (how.failed === true) {
        span.setStatus({ code: SpanStatusCode.ERROR });
      }
      span.end();
    },
  };
}

/** Does `work` in a span. A rejection marks it as failed, by the name of the error: messages may tell too much. */
export async function withSpan<T>(name: string, options: SpanOptions, work: () => Promise<T>): Promise<T> {
  const span = openSpan(name, options);
  try {
    const result = await span.run(work);
    span.end();
    return result;
  } catch (error) {
    span.end({
      failed: true,
      attributes: { 'error.type': error instanceof Error ? error.name : 'unknown' },
    });
    throw error;
  }
}

/** The active span as a `traceparent` header (W3C Trace Context); undefined without one. */
export function currentTraceparent(): string | undefined {
  const carrier: { traceparent?: string } = {};
  propagation.inject(context.active(), carrier);
  return carrier.traceparent;
}

/** The id of the trace that the active span belongs to; undefined without one. */
export function currentTraceId(): string | undefined {
  return trace.getActiveSpan()?.spanContext().traceId;
}

const KINDS: Record<NonNullable<SpanOptions['kind']>, SpanKind> = {
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  consumer: SpanKind.CONSUMER,
  internal: SpanKind.INTERNAL,
};

function parentOf({ parent }: SpanOptions): Context {
  return parent === undefined ? context.active() : propagation.extract(ROOT_CONTEXT, parent);
}

function begin(name: string, { kind = 'internal', attributes = {} }: SpanOptions, parent: Context): Span {
  return trace.getTracer('imgsrv').startSpan(name, { kind: KINDS[kind], attributes }, parent);
}
