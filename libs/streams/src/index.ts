export type { StreamsClient } from './clients.js';
export { type IndexRun, StreamsProjection } from './projection/streams-projection.js';
export type { StreamsReport } from './projection/streams-report.js';
export { countProjection, readStreamsFigures } from './streams-figures.repository.js';
export { StreamsReports } from './projection/streams-reports.js';
export type { SerializedDocument } from './serving/serialized-document.js';
export { StreamsCatalogue, type StreamsDocuments } from './serving/streams-catalogue.js';
export type { StreamsObserver } from './serving/streams-observer.js';
export { isProjectionRefusal, type StreamsErrorCode, StreamsFileNotFoundError } from './streams.errors.js';
