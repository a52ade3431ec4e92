/** A delta that clients could not apply, with the end of a sentence for the publisher as its message. */
export class UnsoundDeltaError extends Error {}
