import type { AnswerOf, CallOptions, PathOf } from './api-call.js';
import type { ImgsrvClient } from './imgsrv-client.js';

type EntriesOf<A, K extends keyof A> = A[K] extends readonly (infer E)[] ? E : never;

/** Every entry of a list, page by page, as they are asked for: `listEntries(client, '/v1/images', 'images', {})`. */
export async function* listEntries<P extends PathOf<'get'>, K extends keyof AnswerOf<'get', P>>(
  client: ImgsrvClient,
  path: P,
  member: K,
  options: CallOptions<'get', P>,
): AsyncGenerator<EntriesOf<AnswerOf<'get', P>, K>, void, undefined> {
  let cursor: string | undefined;
  do {
    const query = { ...options.query, ...(cursor === undefined ? {} : { cursor }) };
    const { body, headers } = await client.callWithHeaders('get', path, { ...options, query } as CallOptions<
      'get',
      P
    >);
    const entries: unknown = body[member];
    yield* entries as readonly EntriesOf<AnswerOf<'get', P>, K>[];
    cursor = nextCursor(headers.link);
  } while (cursor !== undefined);
}

/** The cursor of the next page (RFC 8288). Only that: a link could lead to another server. */
export function nextCursor(link: string | readonly string[] | undefined): string | undefined {
  const links = [link ?? []].flat().join(', ');
  const [, target] = /<([^>]*)>(?=[^<]*;\s*rel="?next"?)/.exec(links) ?? [];
  if (target === undefined || !URL.canParse(target, 'http://any')) return undefined;
  return new URL(target, 'http://any').searchParams.get('cursor') ?? undefined;
}

/** All entries of a list, in one array. */
export async function listAll<P extends PathOf<'get'>, K extends keyof AnswerOf<'get', P>>(
  client: ImgsrvClient,
  path: P,
  member: K,
  options: CallOptions<'get', P>,
): Promise<EntriesOf<AnswerOf<'get', P>, K>[]> {
  const entries: EntriesOf<AnswerOf<'get', P>, K>[] = [];
  for await (const entry of listEntries(client, path, member, options)) entries.push(entry);
  return entries;
}
