import { OBJECT_STORE_METRICS } from '@imgsrv/cas';
import { SHARED_GAUGES } from '@imgsrv/platform';
import { makeCounterProvider, makeGaugeProvider, makeHistogramProvider } from '@willsoto/nestjs-prometheus';

/**
 * Every metric of the api, with its unit and labels; docs/reference/metrics.md explains them. Those that the worker has
 * as well stand where both can read them. Labels are bounded: no ids, names or digests.
 */
export const HTTP_REQUEST_DURATION = 'imgsrv_http_request_duration_seconds';
export const HTTP_REQUESTS_IN_FLIGHT = 'imgsrv_http_requests_in_flight';
export const HTTP_UNAVAILABLE = 'imgsrv_http_unavailable_responses_total';
export const HTTP_CUT_OFF = 'imgsrv_http_cut_off_responses_total';
export const HTTP_CONNECTIONS = 'imgsrv_http_connections';
export const HTTP_DOWNLOADS_IN_FLIGHT = 'imgsrv_http_downloads_in_flight';
export const HTTP_LIMITS_REACHED = 'imgsrv_http_limits_reached_total';
export const AUTHENTICATIONS = 'imgsrv_authentications_total';
export const UPLOAD_RECEIVED = 'imgsrv_upload_received_bytes_total';
export const STREAMS_RENDER_DURATION = 'imgsrv_streams_render_duration_seconds';
export const STREAMS_PRODUCTS = 'imgsrv_streams_products';
export const STREAMS_LEFT_OUT = 'imgsrv_streams_left_out_artifacts';
export const STREAMS_DOCUMENT_SIZE = 'imgsrv_streams_images_json_bytes';
export const STREAMS_REJECTED = 'imgsrv_streams_rejected_documents_total';

/** Gauges that are brought up to date when somebody asks, by the figure that each shows. */
export const FIGURE_GAUGES = {
  ...SHARED_GAUGES,
  held_limit: {
    name: 'imgsrv_principal_holdings_limit',
    help: 'Limit of the holdings of one principal, by kind; 0 is no limit',
    labelNames: ['kind'],
  },
};

export const METRIC_PROVIDERS = [
  ...Object.values(FIGURE_GAUGES).map((gauge) => makeGaugeProvider(gauge)),
  makeHistogramProvider({
    name: HTTP_REQUEST_DURATION,
    help: 'Time from the request line to the end of the answer, by route template, method and status class',
    labelNames: ['route', 'method', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60, 600],
  }),
  makeGaugeProvider({ name: HTTP_REQUESTS_IN_FLIGHT, help: 'Requests being answered' }),
  makeCounterProvider({
    name: HTTP_UNAVAILABLE,
    help: 'Answers with status 503, by route template',
    labelNames: ['route'],
  }),
  makeCounterProvider({
    name: HTTP_CUT_OFF,
    help: 'Answers whose connection ended before they were sent',
  }),
  makeGaugeProvider({ name: HTTP_CONNECTIONS, help: 'Open connections of clients' }),
  makeGaugeProvider({ name: HTTP_DOWNLOADS_IN_FLIGHT, help: 'Downloads that are being sent' }),
  makeCounterProvider({
    name: HTTP_LIMITS_REACHED,
    help: 'Connections and requests that were turned away, by the limit that was reached',
    labelNames: ['limit'],
  }),
  makeCounterProvider({
    name: AUTHENTICATIONS,
    help: 'Requests whose credential was looked at or missed, by kind of credential and outcome',
    labelNames: ['credential', 'outcome'],
  }),
  makeCounterProvider({
    name: UPLOAD_RECEIVED,
    help: 'Bytes of upload parts that were received, stored and recorded',
  }),
  ...OBJECT_STORE_METRICS,
  makeHistogramProvider({
    name: STREAMS_RENDER_DURATION,
    help: 'Time to read, render, validate and compress the Simple Streams documents',
    buckets: [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 10],
  }),
  makeGaugeProvider({ name: STREAMS_PRODUCTS, help: 'Products in the Simple Streams documents' }),
  makeGaugeProvider({
    name: STREAMS_LEFT_OUT,
    help: 'Artifacts, each counted once a client, that could not be rendered into the Simple Streams documents',
  }),
  makeGaugeProvider({ name: STREAMS_DOCUMENT_SIZE, help: 'Size of images.json before compression' }),
  makeCounterProvider({
    name: STREAMS_REJECTED,
    help: 'Simple Streams documents that were not served because clients could not have read them',
  }),
];
