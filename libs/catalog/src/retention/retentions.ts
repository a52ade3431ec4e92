import {
  type ChangeRecorder,
  type Connection,
  type Database,
  decodeCursor,
  encodeCursor,
  type Page,
  type PageRequest,
  toPage,
} from '@imgsrv/platform';
import { RetentionNotFoundError } from '../catalog.errors.js';
import { getImage, lockImage } from '../images/image.repository.js';
import { IMAGE_NAME, type ImageId } from '../names/names.js';
import { retentionResource } from '../resources.js';
import {
  type EffectivePolicy,
  requireSomethingKept,
  type RetentionPolicy,
  type RetentionVerdict,
} from './retention-policy.js';
import { deletePolicy, findPolicy, judgeVersions, putPolicy } from './retention.repository.js';

const PLACE = /^[0-9]{1,15}$/;

/** Policies of images: set, and looked at before they are applied. `applyRetention` applies them. */
export class Retentions {
  constructor(
    private readonly database: Database,
    private readonly changes: ChangeRecorder,
    /** For images without a policy of their own; absent when these keep everything. */
    private readonly fallback: RetentionPolicy | undefined,
  ) {}

  /** What goes for the image. Throws RetentionNotFoundError when nothing does, and ImageNotFoundError. */
  async get(image: string): Promise<EffectivePolicy> {
    const name = IMAGE_NAME.parse(image);
    return this.database.use(async (connection) => {
      const { id } = await getImage(connection, name, 'writer');
      return this.getEffective(connection, id);
    });
  }

  /** Safe to repeat. Throws InvalidRetentionError for a policy that would keep nothing, and ImageNotFoundError. */
  async put(image: string, policy: RetentionPolicy): Promise<EffectivePolicy> {
    const name = IMAGE_NAME.parse(image);
    requireSomethingKept(policy);
    return this.database.transaction(async (tx) => {
      const { id } = await lockImage(tx, name);
      const before = await findPolicy(tx, id);
      await putPolicy(tx, id, policy);
      await this.changes.record(tx, {
        action: 'retention.set',
        resource: retentionResource(name),
        ...(before === undefined ? {} : { before: stateOf(before) }),
        after: stateOf(policy),
      });
      return { policy, source: 'image' };
    });
  }

  /** The default goes for the image from then on. Safe to repeat. Throws ImageNotFoundError. */
  async delete(image: string): Promise<void> {
    const name = IMAGE_NAME.parse(image);
    await this.database.transaction(async (tx) => {
      const { id } = await lockImage(tx, name);
      const before = await findPolicy(tx, id);
      if (before !== undefined) {
        await deletePolicy(tx, id);
        await this.changes.record(tx, {
          action: 'retention.delete',
          resource: retentionResource(name),
          before: stateOf(before),
        });
      }
    });
  }

  /**
   * What a run would make of each published version now, the newest first. Throws RetentionNotFoundError and
   * ImageNotFoundError.
   */
  async preview(image: string, page: PageRequest): Promise<Page<RetentionVerdict>> {
    const name = IMAGE_NAME.parse(image);
    const [after = '0'] = decodeCursor(page.cursor, [PLACE]);
    const judged = await this.database.snapshot(async (connection) => {
      const { id } = await getImage(connection, name, 'writer');
      const { policy } = await this.getEffective(connection, id);
      return judgeVersions(connection, id, policy, page.limit + 1, Number(after));
    });
    return toPage(
      judged,
      page.limit,
      (verdict): RetentionVerdict => verdict,
      ({ place }) => encodeCursor([String(place)]),
    );
  }

  private async getEffective(connection: Connection, id: ImageId): Promise<EffectivePolicy> {
    const own = await findPolicy(connection, id);
    if (own !== undefined) {
      return { policy: own, source: 'image' };
    }
    if (this.fallback === undefined) {
      throw new RetentionNotFoundError();
    }
    return { policy: this.fallback, source: 'default' };
  }
}

function stateOf({ keepNewest, keepYoungerThanMs }: RetentionPolicy): Record<string, unknown> {
  return { keep_newest: keepNewest ?? null, keep_younger_than_ms: keepYoungerThanMs ?? null };
}
