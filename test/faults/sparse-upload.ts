import { truncate } from 'node:fs/promises';
import type { ContractService } from '../contract/contract-service.js';
import { begin, complete, sendPart } from '../contract/upload-steps.js';
import { fileOfSize } from './store-files.js';
import type { TestConnection } from '../support/test-connection.js';

/** So many that a worker does not verify them in a blink; nothing but zeros, so that the test has to hash nothing. */
export const SPARSE_BYTES = 2 ** 30;
export const SPARSE_DIGEST = 'sha256:49bc20df15e412a64472421e13fe86ff1c5165e18b2afccf160d4dc19fe68a14';

/**
 * Uploads a GiB of zeros without sending or storing them: a small part is made large, as a file with a hole, behind the
 * back of the service. Resolves with the upload's id when it is completed.
 */
export async function uploadSparse(
  { writer, running }: ContractService,
  connection: TestConnection,
): Promise<string> {
  const small = Buffer.alloc(4097);
  const { id } = await begin(writer, small, {
    expected_digest: SPARSE_DIGEST,
    expected_size_bytes: SPARSE_BYTES,
  });
  const part = await sendPart(writer, id, 1, small);
  await truncate(await fileOfSize(running.storageDir, SPARSE_DIGEST, small.length), SPARSE_BYTES);
  await connection.rows('UPDATE upload_parts SET size_bytes = $2 WHERE upload_id = $1', [id, SPARSE_BYTES]);
  const completed = await complete(writer, id, [{ ...part, size_bytes: SPARSE_BYTES }]);
  expect(completed.status).toBe(200);
  return id;
}
