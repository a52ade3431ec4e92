/** What an image says of itself in its `metadata.yaml`. Every value is text as the image's builder wrote it. */
export interface ImageMetadata {
  /** The kernel's name, for example `x86_64`. */
  readonly architecture?: string;
  /** Seconds since 1970. */
  readonly creationDate?: string;
  /** Seconds since 1970. */
  readonly expiryDate?: string;
  readonly os?: string;
  readonly release?: string;
  readonly releaseTitle?: string;
  readonly variant?: string;
  /** What its builder calls the sort of image, for example `squashfs` or `disk-kvm.img`. */
  readonly type?: string;
  /** What a host must offer, for example `secureboot` → `false`. */
  readonly requirements?: Readonly<Record<string, string>>;
}
