export { type AnswerOf, type CallOptions, type Schemas } from './api-call.js';
export {
  DigestMismatchError,
  DiskFullError,
  DownloadBusyError,
  FileExistsError,
} from './downloads/download.errors.js';
export { downloadFile, type DownloadReport, type DownloadSource } from './downloads/download-file.js';
export { digestFile } from './files/digest-file.js';
export {
  RedirectedError,
  UnexpectedAnswerError,
  UnreachableServerError,
  UntrustedServerError,
} from './http/connection.errors.js';
export { type ClientOptions, ImgsrvClient } from './imgsrv-client.js';
export { listAll, listEntries } from './list-entries.js';
export { isProblem, ProblemError } from './problem.error.js';
export { FileChangedError, UploadRefusedError } from './uploads/upload.errors.js';
export { uploadFile, type UploadReport, type UploadSource } from './uploads/upload-file.js';
export { type RememberedUpload, UploadMemory } from './uploads/upload-memory.js';
