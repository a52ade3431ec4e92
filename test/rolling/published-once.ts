import { TestConnection } from '../support/test-connection.js';

/** Expects of the rows that every version was published by one job that ran to its end, and that none is left over. */
export async function expectPublishedOnce(databaseUrl: string, names: readonly string[]): Promise<void> {
  const connection = await TestConnection.open(databaseUrl);
  try {
    const published = await connection.rows<{ name: string; jobs: number; succeeded: number; steps: number }>(
      `SELECT images.name, count(DISTINCT jobs.id)::int AS jobs,
              count(DISTINCT jobs.id) FILTER (WHERE jobs.state = 'succeeded')::int AS succeeded,
              count(job_steps.id) FILTER (WHERE job_steps.state = 'succeeded')::int AS steps
         FROM versions JOIN images ON images.id = versions.image_id
         JOIN jobs ON jobs.kind = 'publish_version' AND jobs.payload->>'versionId' = versions.id::text
         JOIN job_steps ON job_steps.job_id = jobs.id
        WHERE versions.state = 'published' GROUP BY images.name`,
    );
    const once = published.filter(
      ({ jobs, succeeded, steps }) => jobs === 1 && succeeded === 1 && steps === 3,
    );
    expect(once.map(({ name }) => name).toSorted()).toEqual([...names, 'load'].toSorted());
    expect(await connection.rows(`SELECT * FROM versions WHERE state <> 'published'`)).toEqual([]);
    expect(
      await connection.rows(
        `SELECT kind, state, last_error FROM jobs
          WHERE kind IN ('publish_version', 'ingest_blob') AND state <> 'succeeded'`,
      ),
    ).toEqual([]);
  } finally {
    await connection.close();
  }
}
