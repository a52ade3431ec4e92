import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HttpClient } from '../support/http-client.js';
import { createCertificate } from '../support/certificate.js';
import { createTemporaryFolder } from '../support/temporary-folder.js';

const CLIENT = Buffer.from(
  `pipeline:${encodeURIComponent('a secret of the pipeline, not of the image server')}`,
);

/** oidc-provider in its own process. */
export class RealIssuer {
  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
    /** PEM file of the authority behind its certificate. */
    readonly caFile: string,
    private readonly ca: string,
    private readonly removeFiles: () => Promise<void>,
  ) {}

  static async start(): Promise<RealIssuer> {
    const folder = await createTemporaryFolder('issuer');
    const { certificateFile, keyFile } = await createCertificate(folder.path);
    const child = spawn(
      process.execPath,
      [join(import.meta.dirname, 'issuer-process.mjs'), certificateFile, keyFile],
      { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] },
    );
    const [message] = (await Promise.race([
      once(child, 'message'),
      once(child, 'exit').then(() => Promise.reject(new Error('the issuer did not start'))),
    ])) as [{ url: string }];
    const ca = await readFile(certificateFile, 'utf8');
    return new RealIssuer(child, message.url, certificateFile, ca, () => folder.remove());
  }

  /** A token by client credentials, for this audience. */
  async token(audience: string): Promise<string> {
    const { status, bytes, members } = await new HttpClient(this.url, undefined, this.ca).send(
      'POST',
      '/token',
      {
        headers: {
          authorization: `Basic ${CLIENT.toString('base64')}`,
          'content-type': 'application/x-www-form-urlencoded',
        },
        body: new URLSearchParams({
          grant_type: 'client_credentials',
          resource: audience,
          scope: 'push',
        }).toString(),
      },
    );
    if (status !== 200) {
      throw new Error(`the issuer answered ${status}: ${bytes.toString()}`);
    }
    return String(members.access_token);
  }

  /** Replaces the key it signs with and publishes. */
  async rotate(): Promise<void> {
    const rotated = once(this.child, 'message');
    this.child.send('rotate');
    await rotated;
  }

  /** Stops to answer for good. Safe to repeat. */
  async stop(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const ended = once(this.child, 'exit');
      this.child.kill('SIGKILL');
      await ended;
    }
    await this.removeFiles();
  }
}
