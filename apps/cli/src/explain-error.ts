import {
  DigestMismatchError,
  DiskFullError,
  DownloadBusyError,
  FileChangedError,
  FileExistsError,
  ProblemError,
  RedirectedError,
  UnexpectedAnswerError,
  UnreachableServerError,
  UntrustedServerError,
  UploadRefusedError,
} from '@imgsrv/client';
import { CliError } from './cli.errors.js';
import type { ExitReason } from './exit-codes.js';

/** A failure as the user is told of it. */
export interface Explanation {
  readonly reason: ExitReason;
  /** A stable name, such as the code of the problem. */
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  readonly requestId?: string;
}

/** What to do about the refusals that a user meets; the rest of the problem types speak for themselves. */
const HINTS: Readonly<Record<string, string>> = {
  unauthenticated: 'Log in again: imgsrv login URL. Tokens expire and can be revoked.',
  forbidden: 'imgsrv whoami shows your roles. Ask an auth-manager for the one that this needs.',
  'no-matching-rule': 'No rule lets this job in. Ask an auth-manager to compare its claims with the rules.',
  'image-out-of-scope': 'imgsrv whoami shows the images that your grant covers.',
  'not-found': 'The server is older than this command, or its address is wrong: it is the one before /v1.',
  'image-not-found': 'imgsrv ls shows the images.',
  'version-not-found': 'imgsrv ls IMAGE shows the versions.',
  'ref-not-found': 'imgsrv ls IMAGE shows the versions and aliases.',
  'alias-changed': 'Somebody moved the alias meanwhile. Look at it, then run the command again.',
  'version-aliased': 'Say where its aliases go: --move-aliases-to VERSION.',
  'quota-exceeded': 'Ask an auth-manager for more, or withdraw versions that nobody needs.',
  'blob-damaged':
    'Tell the operators. Whoever has the file can repair it: imgsrv publish it again, or upload it.',
  'object-missing': 'Tell the operators: the store of the server has lost this file.',
  'too-many-failed-authentications': 'Wait a little, and use a token that is valid.',
};

const FILE_ERRORS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'it may not be read or written by you',
  EPERM: 'it may not be read or written by you',
  EISDIR: 'it is a directory',
  ENOTDIR: 'a part of its path is no directory',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EROFS: 'the file system is read-only',
  EMFILE: 'too many files are open',
  EIO: 'the disk cannot read or write it',
};

export function explainError(error: unknown): Explanation {
  if (error instanceof CliError) return { ...of(error.reason, error.reason, error.message, error.hint) };
  if (error instanceof ProblemError) return explainProblem(error);
  if (error instanceof UnreachableServerError) {
    return of(
      'unreachable',
      error.code,
      error.message,
      'Check the address and the network; imgsrv doctor looks closer.',
    );
  }
  if (error instanceof UntrustedServerError) {
    return of(
      'unreachable',
      error.code,
      error.message,
      'If it is yours, trust its authority: --ca-cert FILE (PEM) or IMGSRV_CA_CERT.',
    );
  }
  if (error instanceof UnexpectedAnswerError || error instanceof RedirectedError) {
    return of('unreachable', error.code, error.message, 'Is the address right? It is the one before /v1.');
  }
  if (error instanceof UploadRefusedError) {
    return of(
      'failed-job',
      error.reason,
      `The server refuses the file: ${error.message}`,
      'The file or what is said of it is wrong; make it again.',
    );
  }
  if (error instanceof FileExistsError)
    return of(
      'conflict',
      error.code,
      error.message,
      'Replace it with --force, or choose another folder with -o.',
    );
  if (error instanceof DiskFullError)
    return of(
      'failure',
      error.code,
      error.message,
      'What has arrived is kept: free some space and run the command again.',
    );
  if (error instanceof DownloadBusyError) return of('conflict', error.code, error.message);
  if (error instanceof DigestMismatchError)
    return of(
      'failure',
      error.code,
      error.message,
      'Something on the way changes them, such as a proxy; or the server is damaged.',
    );
  if (error instanceof FileChangedError) return of('conflict', error.code, error.message);
  return explainOther(error);
}

function explainProblem(error: ProblemError): Explanation {
  const details = (error.problem.errors ?? []).map(({ pointer, detail }) => `${pointer}: ${detail}`);
  const message = [error.message, ...details].join('\n  ');
  const { requestId } = error;
  return {
    ...of(reasonOf(error), error.code, message, HINTS[error.code]),
    ...(requestId === undefined ? {} : { requestId }),
  };
}

function reasonOf({ status, code }: ProblemError): ExitReason {
  switch (status) {
    case 400:
    case 413:
    case 415:
      return 'usage';
    case 401:
    case 403:
      return 'denied';
    case 404:
    case 410:
      return 'not-found';
    case 409:
    case 412:
      return 'conflict';
    case 429:
      return code === 'too-many-failed-authentications' ? 'denied' : 'unreachable';
    case 503:
      return ['blob-damaged', 'object-missing'].includes(code) ? 'failure' : 'unreachable';
    default:
      return 'failure';
  }
}

function explainOther(error: unknown): Explanation {
  const { code, path } = (error ?? {}) as { readonly code?: unknown; readonly path?: unknown };
  const reason = typeof code === 'string' ? FILE_ERRORS[code] : undefined;
  if (reason !== undefined) {
    const name = typeof path === 'string' ? path : 'A file';
    return of(
      ['ENOSPC', 'EDQUOT', 'EIO'].includes(String(code)) ? 'failure' : 'usage',
      String(code),
      `${name}: ${reason}.`,
    );
  }
  return of('failure', 'failure', error instanceof Error ? error.message : String(error));
}

function of(reason: ExitReason, code: string, message: string, hint?: string): Explanation {
  return { reason, code, message, ...(hint === undefined ? {} : { hint }) };
}
