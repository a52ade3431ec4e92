/** As SQL, whether a row of `versions` of this alias keeps the blobs that its artifacts and attachments declare. */
function keepsBlobs(version: string): string {
  return `(${version}.state IN ('draft', 'publishing', 'published')
    OR (${version}.state = 'withdrawn' AND ${version}.released_at IS NULL))`;
}

/**
 * As SQL, whether something refers to the blob whose digest an expression gives. The one place that says what keeps a blob
 * from being collected. OFFSET keeps the planner from reading every artifact once instead of those of each blob.
 */
export function isReferenced(digest: string): string {
  return `(EXISTS (SELECT FROM artifacts a JOIN versions v ON v.id = a.version_id
                    WHERE a.primary_blob_digest = ${digest} AND ${keepsBlobs('v')} OFFSET 0)
        OR EXISTS (SELECT FROM attachments t JOIN artifacts a ON a.id = t.artifact_id
                     JOIN versions v ON v.id = a.version_id
                    WHERE t.blob_digest = ${digest} AND ${keepsBlobs('v')} OFFSET 0))`;
}
