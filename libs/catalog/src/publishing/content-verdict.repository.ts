import type { Digest } from '@imgsrv/cas';
import type { Connection, Transaction } from '@imgsrv/platform';
import type { ContentCheck } from '../formats/content-check.js';

/** What a check found in the bytes of a blob; without a problem they are fine. A fact about bytes, never about who has them. */
export interface ContentVerdict {
  readonly digest: Digest;
  readonly check: Pick<ContentCheck, 'name' | 'version'>;
  readonly problem?: string;
}

interface VerdictRow {
  readonly digest: Digest;
  readonly check_name: string;
  readonly check_version: number;
  readonly problem: string | null;
}

/** Every kept verdict about these blobs. */
export async function listContentVerdicts(
  connection: Connection,
  digests: readonly Digest[],
): Promise<ContentVerdict[]> {
  const rows = await connection.rows<VerdictRow>(
    'SELECT digest, check_name, check_version, problem FROM content_verdicts WHERE digest = ANY ($1)',
    [digests],
  );
  return rows.map(({ digest, check_name, check_version, problem }) => ({
    digest,
    check: { name: check_name, version: check_version },
    ...(problem === null ? {} : { problem }),
  }));
}

/** Keeps a verdict. Repeating it is safe: the same check finds the same in the same bytes. */
export async function keepContentVerdict(
  tx: Transaction,
  { digest, check, problem }: ContentVerdict,
): Promise<void> {
  await tx.rows(
    `INSERT INTO content_verdicts (digest, check_name, check_version, problem) VALUES ($1, $2, $3, $4)
     ON CONFLICT DO NOTHING`,
    [digest, check.name, check.version, problem ?? null],
  );
}
