/** No answer came: the server is down, the network is, or the connection broke. */
export class UnreachableServerError extends Error {
  override readonly name = 'UnreachableServerError';
  readonly code = 'unreachable';

  constructor(
    readonly origin: string,
    reason: string,
    /** The request cannot have reached the server. */
    readonly isUnsent: boolean,
    cause?: unknown,
  ) {
    super(`${origin} does not answer: ${reason}.`, { cause });
  }
}

/** The certificate of the server is not one to trust. Nothing was sent. */
export class UntrustedServerError extends Error {
  override readonly name = 'UntrustedServerError';
  readonly code = 'untrusted-server';

  constructor(
    readonly origin: string,
    reason: string,
    cause: unknown,
  ) {
    super(`The certificate of ${origin} cannot be trusted: ${reason}.`, { cause });
  }
}

/** Something answered that is not imgsrv, or not in a form that this client knows. */
export class UnexpectedAnswerError extends Error {
  override readonly name = 'UnexpectedAnswerError';
  readonly code = 'unexpected-answer';

  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** A redirect, which is never followed: the token is for this server and no other. */
export class RedirectedError extends Error {
  override readonly name = 'RedirectedError';
  readonly code = 'redirected';

  constructor(origin: string, location: string) {
    super(
      `${origin} sends requests on to ${location}. Use that address, if you trust it: redirects are not followed.`,
    );
  }
}

const UNTRUSTED: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'it is signed by itself',
  SELF_SIGNED_CERT_IN_CHAIN: 'it is signed by an unknown authority',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'it is signed by an unknown authority',
  UNABLE_TO_GET_ISSUER_CERT: 'it is signed by an unknown authority',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'it is signed by an unknown authority',
  CERT_HAS_EXPIRED: 'it has expired',
  CERT_NOT_YET_VALID: 'it is not valid yet; is the clock of this machine right?',
  ERR_TLS_CERT_ALTNAME_INVALID: 'it is for another name',
};

const UNREACHABLE: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'its name cannot be looked up',
  EHOSTUNREACH: 'there is no way to this host',
  ENETUNREACH: 'there is no way to this network',
  ETIMEDOUT: 'it took too long',
  ECONNRESET: 'the connection broke',
  EPIPE: 'the connection broke',
  EPROTO: 'it does not speak TLS; is the address http:// rather than https://?',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS; is the address http:// rather than https://?',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'it does not speak TLS; is the address http:// rather than https://?',
  HPE_INVALID_CONSTANT: 'it does not speak HTTP; is the address https:// rather than http://?',
};

const UNSENT = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'];

/** What an error of a socket means. */
export function connectionError(origin: string, error: unknown): Error {
  const code = codeOf(error);
  const untrusted = UNTRUSTED[code];
  if (untrusted !== undefined) return new UntrustedServerError(origin, untrusted, error);
  const reason = UNREACHABLE[code] ?? (error instanceof Error ? error.message : String(error));
  return new UnreachableServerError(origin, reason.replace(/\.$/, ''), UNSENT.includes(code), error);
}

function codeOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0]);
  const { code } = (error ?? {}) as { readonly code?: unknown };
  return typeof code === 'string' ? code : '';
}
