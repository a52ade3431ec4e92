/** The bytes are no usable qcow2 image. The message is one sentence for the publisher. */
export class Qcow2Damage extends Error {
  override readonly name = 'Qcow2Damage';
}

/** Something that the image refers to is not in the file any more. */
export function cutOff(what: string, offset: number, sizeBytes: number): Qcow2Damage {
  return new Qcow2Damage(
    `The qcow2 image is cut off: its ${what} at byte ${offset} reaches beyond its ${sizeBytes} bytes; upload all of it.`,
  );
}

/** `what` is a clause about the image. */
export function damaged(what: string): Qcow2Damage {
  return new Qcow2Damage(
    `The qcow2 image is damaged: ${what}; qemu-img check tells more, and qemu-img convert may make a sound copy.`,
  );
}
