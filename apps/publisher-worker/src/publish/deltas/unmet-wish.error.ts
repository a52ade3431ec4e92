/** A delta cannot be made, for a reason that its publisher cannot help: the version is published without. */
export class UnmetWishError extends Error {
  override readonly name = 'UnmetWishError';

  /** `reason`: the end of a sentence for the publisher. `how`: what an operator should know. */
  constructor(
    readonly reason: string,
    readonly how?: string,
  ) {
    super(reason);
  }
}
