import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Plugin } from 'esbuild';

const CHECKOUT = join(import.meta.dirname, '..', '..');

export interface SeededBug {
  readonly name: string;
  /** What is not true any more; completes "finds that …". */
  readonly breaks: string;
  /** What a history says of it. */
  readonly shows: RegExp;
  readonly file: string;
  /** Texts of the file, each of which must be there once, and what is put in their place. */
  readonly edits: readonly (readonly [string, string])[];
}

/** The first two are part of every run. */
export const SEEDED_BUGS: readonly SeededBug[] = [
  {
    name: 'possession',
    breaks: 'an upload is ready at once for one who never had the bytes',
    shows: /a stranger was told/,
    file: 'libs/cas/src/uploads/uploads.ts',
    edits: [['(await isVisible(upload.expectedDigest)) ? found : undefined', 'found']],
  },
  {
    name: 'digest',
    breaks: 'bytes are not compared with their digest',
    shows: /an upload: "ready", not "failed"|bytes of content|is stored|without its bytes/,
    file: 'libs/cas/src/uploads/ingest.ts',
    edits: [['reading === undefined ? LOST : mismatch(session, reading)', 'undefined']],
  },
  {
    name: 'order',
    breaks: 'an upload is completed in the database before it is in the store',
    shows: /an upload: "failed", not "ready"|is stored/,
    file: 'libs/cas/src/uploads/uploads.ts',
    edits: [
      [
        '    await this.store.completeMultipartUpload(object.storageKey, object.multipartUploadId, parts);\n',
        '',
      ],
      [
        '    const now = completed ?? (await this.get(id));\n',
        '    await this.store.completeMultipartUpload(object.storageKey, object.multipartUploadId, parts);\n    const now = completed ?? (await this.get(id));\n',
      ],
    ],
  },
  {
    name: 'separate-job',
    breaks: 'a job is queued after the transaction that makes it necessary',
    shows: /an upload: "completed", not "ready"|is stored/,
    file: 'libs/cas/src/uploads/uploads.ts',
    edits: [
      ['await enqueueJob(tx, INGEST_BLOB, { uploadId: id }, { fairnessKey: session.createdBy });', ''],
      [
        '    const now = completed ?? (await this.get(id));\n',
        '    if (completed !== undefined) await this.database.transaction((tx) => enqueueJob(tx, INGEST_BLOB, { uploadId: id }, {}));\n    const now = completed ?? (await this.get(id));\n',
      ],
    ],
  },
  {
    name: 'share-lock',
    breaks: 'who is told that a blob is there does not keep it from being collected',
    shows: /without its bytes|is stored/,
    file: 'libs/cas/src/blobs/blob.repository.ts',
    edits: [['FROM blobs WHERE digest = $1 FOR SHARE', 'FROM blobs WHERE digest = $1']],
  },
  {
    name: 'clock',
    breaks: 'the end of a grace is told by a clock that is fast',
    // The database refuses a grace that ends before it begins.
    shows: /failed jobs.*collect_blobs/,
    file: 'libs/cas/src/collection/candidate.repository.ts',
    edits: [
      [
        `now() + $2 * interval '1 millisecond' FROM blobs`,
        `now() - $2 * interval '1 millisecond' FROM blobs`,
      ],
    ],
  },
  {
    name: 'duplicate',
    breaks: 'of two uploads of one digest the wrong object is discarded',
    shows: /object|bytes|missing|store|damaged/i,
    file: 'libs/cas/src/uploads/ingest.ts',
    edits: [
      [
        'await discardObject(tx, object, session.createdBy);\n  }\n}',
        'await discardObject(tx, winner, session.createdBy);\n  }\n}',
      ],
    ],
  },
  {
    name: 'expired-leases',
    breaks: 'nobody takes the jobs of workers that died',
    shows: /jobs never end/,
    file: 'libs/jobs/src/claim.ts',
    edits: [
      [
        `WHERE state = 'running' AND lease_expires_at < now() AND kind = turns.kind AND fairness_key = turns.key`,
        `WHERE state = 'running' AND false AND kind = turns.kind AND fairness_key = turns.key`,
      ],
    ],
  },
  {
    name: 'fence',
    breaks: 'a worker writes for a job that is not its own any more',
    shows: /was not its own any more|failed jobs|jobs never end|LeaseLost/,
    file: 'libs/jobs/src/job-store.ts',
    edits: [
      [
        `FROM jobs WHERE id = $1 AND lease_token = $2 AND state = 'running' FOR UPDATE`,
        'FROM jobs WHERE id = $1 AND ($2::uuid IS NOT NULL) FOR UPDATE',
      ],
      [
        `WHERE id = $1 AND lease_token = $2 AND state = 'running' RETURNING id`,
        'WHERE id = $1 AND ($2::uuid IS NOT NULL) RETURNING id',
      ],
    ],
  },
  {
    name: 'polling',
    breaks: 'a job is found by its notification only',
    shows: /without a notification/,
    file: 'libs/jobs/src/job-lane.ts',
    edits: [['await this.idle(this.parts.pollIntervalMs);', 'await this.idle(2 ** 30);']],
  },
  {
    name: 'verified-blobs',
    breaks: 'a version is published although bytes of it are not there',
    shows: /publish|FailedStatement|failed jobs/,
    file: 'libs/catalog/src/publishing/begin-publish.ts',
    edits: [['if (missing.length > 0) {', 'if (missing.length > 1000) {']],
  },
];

/** Puts the bug into a bundle; throws when a text of it is not there exactly once. */
export function seeding({ name, file, edits }: SeededBug): Plugin {
  return {
    name: `the bug ${name}`,
    setup: (bundle) => {
      bundle.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        if (path !== join(CHECKOUT, file)) return undefined;
        let contents = await readFile(path, 'utf8');
        for (const [text, instead] of edits) {
          const places = contents.split(text).length - 1;
          if (places !== 1)
            throw new Error(`${file} has ${places} times what the bug ${name} replaces: ${text}`);
          contents = contents.replace(text, () => instead);
        }
        return { contents, loader: 'ts' };
      });
    },
  };
}
