import { makeGaugeProvider, makeHistogramProvider } from '@willsoto/nestjs-prometheus';

/** Every metric of the api, with its unit and labels. Labels are bounded: no ids, names or digests. */
export const HTTP_REQUEST_DURATION = 'imgsrv_http_request_duration_seconds';
export const HTTP_REQUESTS_IN_FLIGHT = 'imgsrv_http_requests_in_flight';

export const METRIC_PROVIDERS = [
  makeHistogramProvider({
    name: HTTP_REQUEST_DURATION,
    help: 'Time from the request line to the end of the answer, by route template, method and status class',
    labelNames: ['route', 'method', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60, 600],
  }),
  makeGaugeProvider({ name: HTTP_REQUESTS_IN_FLIGHT, help: 'Requests being answered' }),
];
