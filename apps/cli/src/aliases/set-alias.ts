import type { ImageRef } from '../image-ref.js';
import type { Session } from '../session.js';
import { moveAlias } from './move-alias.js';

/** Lets an alias, the ref, name a version, and shows what became of it. */
export async function setAlias(
  session: Session,
  { image, ref: alias }: Required<ImageRef>,
  version: string,
): Promise<void> {
  const move = await moveAlias(await session.client(), { image, alias, version }, session.signal);
  session.show({ ...move.alias, previous_version: move.before }, () =>
    describeMove(image, {
      to_alias: alias,
      version,
      ...(move.before === undefined ? {} : { previous_version: move.before }),
    }),
  );
}

/** In a sentence, what an alias names after it was moved; without a version it was removed. */
export function describeMove(
  image: string,
  {
    to_alias: alias,
    version,
    previous_version: before,
  }: { readonly to_alias: string; readonly version?: string; readonly previous_version?: string },
): string {
  const was = before === undefined || before === version ? '' : `; it was ${before}`;
  return version === undefined
    ? `${image}:${alias} is removed${was}.`
    : `${image}:${alias} is ${version}${was}.`;
}
