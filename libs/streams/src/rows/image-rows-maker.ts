import { isDeepStrictEqual } from 'node:util';
import type { PublishedAlias, PublishedRoot, RootDelta, WithdrawnRoot } from '../rendering/published-root.js';
import type { AliasRow, ImageRow, RootRow } from './catalogue.repository.js';
import type { DeltaRow } from './delta.repository.js';
import type { ImageRows } from './image-rows.js';

/** Makes what is known of images out of rows. Whatever is as before is the same object, so that nobody has to compare it. */
export class ImageRowsMaker {
  private readonly images: ReadonlyMap<string, ImageRow>;
  private readonly published = new Map<string, PublishedRoot[]>();
  private readonly withdrawn = new Map<string, WithdrawnRoot[]>();
  private readonly aliases = new Map<string, PublishedAlias[]>();
  private readonly deltas: ReadonlyMap<string, RootDelta>;
  private readonly known = new Map<string, PublishedRoot>();
  private readonly texts = new Map<string, string>();

  constructor(
    images: readonly ImageRow[],
    { aliases, deltas }: { readonly aliases: readonly AliasRow[]; readonly deltas: readonly DeltaRow[] },
    before: ReadonlyMap<string, ImageRows>,
  ) {
    this.images = new Map(images.map((image) => [image.image_id, image]));
    for (const { imageId, ...alias } of aliases) {
      append(this.aliases, imageId, alias);
    }
    this.deltas = new Map(
      deltas.map(({ artifactId, client, ...delta }) => [keyOf({ artifactId, client }), delta]),
    );
    for (const id of this.images.keys()) {
      const { published = [], withdrawn = [] } = before.get(id) ?? {};
      for (const root of [...published, ...withdrawn]) {
        this.known.set(keyOf(root), root);
      }
    }
  }

  add(rows: readonly RootRow[]): void {
    for (const row of rows) {
      const image = this.images.get(row.image_id)?.image ?? '';
      const root = this.asKnown(this.toRoot(row, image));
      if (isWithdrawn(root)) {
        append(this.withdrawn, row.image_id, root);
      } else {
        append(this.published, row.image_id, root);
      }
    }
  }

  /** Undefined when there is nothing to show. */
  make(imageId: string): ImageRows | undefined {
    const image = this.images.get(imageId);
    const published = this.published.get(imageId) ?? [];
    const withdrawn = this.withdrawn.get(imageId) ?? [];
    if (image?.image == null || published.length + withdrawn.length === 0) return undefined;
    const aliases = this.aliases.get(imageId) ?? [];
    return { imageId, image: image.image, visibility: image.visibility, published, withdrawn, aliases };
  }

  private asKnown(root: PublishedRoot): PublishedRoot {
    const known = this.known.get(keyOf(root));
    return known !== undefined && isDeepStrictEqual(known, root) ? known : root;
  }

  private toRoot(row: RootRow, image: string): PublishedRoot {
    const delta = this.deltas.get(keyOf({ artifactId: row.artifact_id, client: row.client }));
    const root: PublishedRoot = {
      artifactId: row.artifact_id,
      client: this.once(row.client),
      imageType: this.once(row.image_type),
      versionId: this.once(row.version_id),
      image,
      version: this.once(row.version),
      publishedAt: row.published_at,
      isDeprecated: row.is_deprecated,
      ...(row.restored_at === null ? {} : { restoredAt: row.restored_at }),
      ...(row.end_of_life === null ? {} : { endOfLife: row.end_of_life }),
      ...(row.secure_boot === null ? {} : { secureBoot: row.secure_boot }),
      projectedAt: row.projected_at,
      architecture: this.once(row.architecture),
      variant: this.once(row.variant),
      os: this.once(row.os),
      release: this.once(row.release),
      releaseTitle: this.once(row.release_title),
      requirements: row.requirements,
      ...(row.content === null ? {} : { content: row.content }),
      format: this.once(row.format),
      root: { digest: this.once(row.root_digest), sizeBytes: Number(row.root_size_bytes) },
      ...(row.metadata_digest === null
        ? {}
        : {
            metadata: {
              digest: this.once(row.metadata_digest),
              sizeBytes: Number(row.metadata_size_bytes),
            },
          }),
      fingerprint: row.fingerprint,
      ...(delta === undefined ? {} : { delta }),
    };
    return row.withdrawn_at === null ? root : withdrawnAt(root, row.withdrawn_at);
  }

  /** Many rows say the same; the text is kept once. */
  private once<Text extends string>(text: Text): Text {
    const known = this.texts.get(text);
    if (known !== undefined) return known as Text;
    this.texts.set(text, text);
    return text;
  }
}

function withdrawnAt(root: PublishedRoot, at: Date): WithdrawnRoot {
  return { ...root, withdrawnAt: at };
}

function isWithdrawn(root: PublishedRoot): root is WithdrawnRoot {
  return 'withdrawnAt' in root;
}

function keyOf({ artifactId, client }: Pick<PublishedRoot, 'artifactId' | 'client'>): string {
  return `${artifactId} ${client}`;
}

function append<Value>(lists: Map<string, Value[]>, key: string, value: Value): void {
  const list = lists.get(key);
  if (list === undefined) {
    lists.set(key, [value]);
  } else {
    list.push(value);
  }
}
