import { makeCounterProvider, makeGaugeProvider, makeHistogramProvider } from '@willsoto/nestjs-prometheus';

/**
 * Every metric of the api, with its unit and labels; docs/reference/metrics.md explains them. Labels are bounded: no ids,
 * names or digests.
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
export const OBJECT_STORE_OPERATIONS_ENDED = 'imgsrv_object_store_operations_total';
export const OBJECT_STORE_DURATION = 'imgsrv_object_store_operation_duration_seconds';
export const OBJECT_STORE_BYTES = 'imgsrv_object_store_bytes_total';
export const STREAMS_RENDER_DURATION = 'imgsrv_streams_render_duration_seconds';
export const STREAMS_PRODUCTS = 'imgsrv_streams_products';
export const STREAMS_LEFT_OUT = 'imgsrv_streams_left_out_artifacts';
export const STREAMS_DOCUMENT_SIZE = 'imgsrv_streams_images_json_bytes';
export const STREAMS_REJECTED = 'imgsrv_streams_rejected_documents_total';

/** Gauges that are brought up to date when somebody asks, by the figure that each shows. */
export const FIGURE_GAUGES = {
  build_info: {
    name: 'imgsrv_build_info',
    help: 'Always 1; the labels say what runs',
    labelNames: ['version', 'commit', 'node_version'],
  },
  ready: { name: 'imgsrv_ready', help: '1 while the process is ready for traffic, else 0' },
  dependency_up: {
    name: 'imgsrv_dependency_up',
    help: '1 while the dependency answers, else 0; looked at every few seconds',
    labelNames: ['dependency'],
  },
  database_pool_connections: {
    name: 'imgsrv_database_pool_connections',
    help: 'Connections of the pool to the database, by what they do',
    labelNames: ['state'],
  },
  database_pool_limit: {
    name: 'imgsrv_database_pool_limit_connections',
    help: 'Most connections that the pool may have',
  },
  database_pool_waiting: {
    name: 'imgsrv_database_pool_waiting_requests',
    help: 'Callers that wait for a connection of the pool',
  },
  database_figures_up: {
    name: 'imgsrv_database_figures_up',
    help: '1 when the database told its figures in time for this scrape; when 0 they are missing',
  },
  statistics_age: {
    name: 'imgsrv_statistics_age_seconds',
    help: 'Time since a worker counted what is stored',
  },
  statistics_duration: {
    name: 'imgsrv_statistics_count_duration_seconds',
    help: 'How long the last count of what is stored took',
  },
  blobs: { name: 'imgsrv_blobs', help: 'Verified blobs' },
  blob_bytes: { name: 'imgsrv_blob_bytes', help: 'Bytes of all verified blobs' },
  images: { name: 'imgsrv_images', help: 'Images' },
  versions: { name: 'imgsrv_versions', help: 'Versions, by state', labelNames: ['state'] },
  upload_sessions: {
    name: 'imgsrv_upload_sessions',
    help: 'Upload sessions, by state',
    labelNames: ['state'],
  },
  most_held: {
    name: 'imgsrv_principal_holdings_max',
    help: 'What the principal that has most holds, by kind, as a worker counted it last',
    labelNames: ['kind'],
  },
  held_limit: {
    name: 'imgsrv_principal_holdings_limit',
    help: 'What one principal may hold, by kind; 0 is no limit',
    labelNames: ['kind'],
  },
  streams_projection_rows: {
    name: 'imgsrv_streams_projection_rows',
    help: 'Rows of the Simple Streams projection, by client',
    labelNames: ['client'],
  },
  streams_revision: {
    name: 'imgsrv_streams_revision',
    help: 'Revision of what Simple Streams clients are shown; every change advances it',
  },
  jobs: {
    name: 'imgsrv_jobs',
    help: 'Jobs in the database, by kind and state; those that are over as a worker counted them last',
    labelNames: ['kind', 'state'],
  },
  oldest_queued_job_age: {
    name: 'imgsrv_oldest_queued_job_age_seconds',
    help: 'Time since the oldest queued job was added, by kind',
    labelNames: ['kind'],
  },
  oldest_running_job_age: {
    name: 'imgsrv_oldest_running_job_age_seconds',
    help: 'Time since the first attempt at the oldest running job began, by kind',
    labelNames: ['kind'],
  },
  job_without_progress: {
    name: 'imgsrv_job_without_progress_seconds',
    help: 'Longest time that a running job has not come further, such as in a step that hangs, by kind',
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
  makeCounterProvider({
    name: OBJECT_STORE_OPERATIONS_ENDED,
    help: 'Calls of the object store, by operation and outcome',
    labelNames: ['operation', 'outcome'],
  }),
  makeHistogramProvider({
    name: OBJECT_STORE_DURATION,
    help: 'Time of a call of the object store, by operation; read_body lasts as long as its reader takes',
    labelNames: ['operation'],
    buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60, 600],
  }),
  makeCounterProvider({
    name: OBJECT_STORE_BYTES,
    help: 'Bytes read from and written to the object store',
    labelNames: ['direction'],
  }),
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
