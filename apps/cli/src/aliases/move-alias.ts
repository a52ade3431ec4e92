import { type ImgsrvClient, isProblem, type Schemas } from '@imgsrv/client';

export interface AliasMove {
  readonly alias: Schemas['AliasResponse'];
  /** Where it was; undefined when it is new. */
  readonly before?: string;
}

/**
 * Lets an alias name a version, if it still is where it was when this looked. Rejects with the problem `alias-changed` when
 * somebody else was faster.
 */
export async function moveAlias(
  client: ImgsrvClient,
  {
    image: name,
    alias,
    version,
  }: { readonly image: string; readonly alias: string; readonly version: string },
  signal: AbortSignal,
): Promise<AliasMove> {
  const path = { name, alias };
  const seen = await lookUp(client, path, signal);
  const headers: Record<string, string> =
    seen === undefined ? { 'if-none-match': '*' } : seen.etag === undefined ? {} : { 'if-match': seen.etag };
  try {
    const moved = await client.call('put', '/v1/images/{name}/aliases/{alias}', {
      path,
      body: { version },
      headers,
      signal,
    });
    return { alias: moved, ...(seen === undefined ? {} : { before: seen.version }) };
  } catch (error) {
    if (!isProblem(error, 'alias-changed')) throw error;
    // Perhaps by this very request, whose first answer was lost.
    const now = await lookUp(client, path, signal);
    if (now?.version !== version) throw error;
    return { alias: now.alias, ...(seen === undefined ? {} : { before: seen.version }) };
  }
}

async function lookUp(
  client: ImgsrvClient,
  path: { readonly name: string; readonly alias: string },
  signal: AbortSignal,
): Promise<
  { readonly alias: Schemas['AliasResponse']; readonly version: string; readonly etag?: string } | undefined
> {
  try {
    const { body, headers } = await client.callWithHeaders('get', '/v1/images/{name}/aliases/{alias}', {
      path,
      signal,
    });
    return {
      alias: body,
      version: body.version,
      ...(headers.etag === undefined ? {} : { etag: headers.etag }),
    };
  } catch (error) {
    if (isProblem(error, 'alias-not-found')) return undefined;
    throw error;
  }
}
