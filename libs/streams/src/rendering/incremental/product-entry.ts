/** One product of the documents. */
export interface ProductEntry {
  readonly key: string;
  /** `"<key>":{…}`; shares the memory of the piece that it is in, once it is in one. */
  bytes: Buffer;
}
