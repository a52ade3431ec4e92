import { type Part, digestOf, type Session, settled } from '../contract/upload-steps.js';
import { expectProblem } from '../contract/problem.js';
import type { Answer, HttpClient } from '../support/http-client.js';
import { waitFor } from '../support/wait-for.js';

/**
 * Repeats each call for as long as the answer asks for that, as a publisher would, and counts these answers. Any other refusal
 * fails the test at once.
 */
export class InsistentClient {
  /** 503 so far. */
  unavailable = 0;

  constructor(private readonly client: HttpClient) {}

  async insist(call: (client: HttpClient) => Promise<Answer>): Promise<Answer> {
    return waitFor(
      async () => {
        const answer = await call(this.client);
        if (answer.status < 300) return answer;
        expectProblem(answer, 503, 'dependency-unavailable');
        expect(answer.headers['retry-after']).toMatch(/^[1-9]\d*$/);
        this.unavailable += 1;
        return undefined;
      },
      { timeoutMs: 90_000, what: 'a call to get through' },
    );
  }

  /** From the announcement to verified bytes, in parts of these sizes; gives the session and the digest. */
  async upload(parts: readonly Buffer[]): Promise<{ readonly session: Session; readonly digest: string }> {
    const bytes = Buffer.concat(parts);
    const digest = digestOf(bytes);
    const announced = { expected_digest: digest, expected_size_bytes: bytes.length };
    const { json } = await this.insist((client) => client.post('/v1/uploads', announced));
    const { id } = json as Session;
    const named: { number: number; etag: string; size_bytes: number }[] = [];
    for (const [index, body] of parts.entries()) {
      const path = `/v1/uploads/${id}/parts/${index + 1}`;
      const sent = await this.insist((client) => client.send('PUT', path, { body }));
      const { part_number: number, etag, size_bytes } = sent.json as Part;
      named.push({ number, etag, size_bytes });
    }
    await this.insist((client) => client.post(`/v1/uploads/${id}/complete`, { parts: named }));
    return { session: await settled(this.client, id), digest };
  }
}
