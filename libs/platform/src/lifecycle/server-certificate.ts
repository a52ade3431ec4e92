import { readFileSync } from 'node:fs';
import { createSecureContext, type SecureContextOptions } from 'node:tls';

export interface CertificateFiles {
  /** PEM chain. */
  readonly certFile: string;
  readonly keyFile: string;
}

/** What Mozilla's guideline 5.7 calls intermediate, without the suites that lack forward secrecy or authenticated encryption. */
const SUITES = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
].join(':');

/** TLS 1.3, and 1.2 for clients of systems that have nothing newer. Throws when the files are no pair. */
export function readCertificate({ certFile, keyFile }: CertificateFiles): SecureContextOptions {
  const options = {
    cert: readFileSync(certFile),
    key: readFileSync(keyFile),
    minVersion: 'TLSv1.2',
    ciphers: SUITES,
  } as const;
  // Finds now what would otherwise fail each handshake.
  try {
    createSecureContext(options);
  } catch (error) {
    throw new Error('The certificate and the key do not match.', { cause: error });
  }
  return options;
}
