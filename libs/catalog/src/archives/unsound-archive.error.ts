/** The bytes of an archive are at fault; the message is one sentence for the publisher. Whoever reads the archive handles it. */
export class UnsoundArchiveError extends Error {
  override readonly name = 'UnsoundArchiveError';
}

/** The refusal of an archive that no tar program would read, or that two would read differently. */
export function damagedTar(reason: string): UnsoundArchiveError {
  return new UnsoundArchiveError(`The archive is damaged or no tar archive: ${reason}.`);
}
