import { type ImgsrvClient, isProblem } from '@imgsrv/client';
import type { Session } from '../session.js';
import type { Visibility } from '../visibility.js';
import type { BegunPublish } from './publish-release.js';
import type { ReleasePlan } from './release-plan.js';

const FETCHED_BY: Readonly<Record<Visibility, string>> = {
  public: 'Anybody',
  internal: 'Whoever has a credential',
  private: 'Those with a grant for it',
};

/** Tells how a publish went, and where its aliases are. */
export async function reportPublish(
  session: Session,
  client: ImgsrvClient,
  { image, version, aliases }: ReleasePlan,
  { job, sent }: BegunPublish,
): Promise<void> {
  const name = `${image}:${version}`;
  const isPublished = job.state === 'succeeded';
  const { signal } = session;
  const named = isPublished ? await lookUpAliases(client, image, aliases, signal) : {};
  const { visibility } = await client.call('get', '/v1/images/{name}', { path: { name: image }, signal });
  session.show(
    {
      image,
      version,
      visibility,
      aliases: named,
      job,
      sent_bytes: sent.sentBytes,
      resumed_bytes: sent.resumedBytes,
    },
    () =>
      [
        isPublished ? `${name} is published.` : `${name} is being published: imgsrv jobs follow ${name}`,
        ...Object.entries(named).map(([alias, now]) =>
          now === version
            ? `${image}:${alias} is ${version}.`
            : `${image}:${alias} is ${now ?? 'gone'}: somebody moved it since.`,
        ),
        ...notShown(job),
        ...madeDeltas(job),
        ...(isPublished ? [`${FETCHED_BY[visibility]} can fetch it: imgsrv pull ${name}`] : []),
      ].join('\n'),
  );
}

/** The aliases moved when the version was published; others may have moved them since. */
async function lookUpAliases(
  client: ImgsrvClient,
  name: string,
  aliases: readonly string[],
  signal: AbortSignal,
): Promise<Record<string, string | null>> {
  const named: Record<string, string | null> = {};
  for (const alias of aliases) {
    try {
      const { version } = await client.call('get', '/v1/images/{name}/aliases/{alias}', {
        path: { name, alias },
        signal,
      });
      named[alias] = version;
    } catch (error) {
      if (!isProblem(error, 'alias-not-found')) throw error;
      named[alias] = null;
    }
  }
  return named;
}

/** What the server says of the deltas that it was to make. */
function madeDeltas({ steps }: BegunPublish['job']): string[] {
  return steps.flatMap(({ name, detail = '' }) =>
    name === 'make_deltas' && detail !== '' ? detail.split('\n') : [],
  );
}

/** Which clients do not list something of it, each reason once. */
function notShown({ report = [] }: BegunPublish['job']): string[] {
  const lines = report.flatMap(({ client, projected, reason = '' }) =>
    projected ? [] : [`Not listed for ${client}: ${reason}`],
  );
  const lacks = (attachment: string): boolean =>
    lines.some((line) => line.includes(`no attachment ${attachment}`));
  const isLackingBoth = lacks('incus.tar.xz') && lacks('lxd.tar.xz');
  return [
    ...new Set(lines),
    ...(isLackingBoth
      ? ['With --release NAME, such as --release trixie, the server makes what is missing.']
      : []),
  ];
}
