import {
  DamagedObjectError,
  findStoredRecords,
  listLastRecords,
  NoSuchObjectError,
  type ObjectStore,
  readRecord,
  type RecordKey,
  type RecordSubject,
} from '@imgsrv/cas';
import { type Connection, type Database, FailedStatementError, type Transaction } from '@imgsrv/platform';
import { type CatalogRecord, NotRestorableError, parseRecord } from '../catalog-record.js';
import { requireBytes, requireWhole } from './check-version.js';
import {
  findCompany,
  findObstacle,
  readColumns,
  restoreImage,
  restorePartsOfImage,
  restoreVersion,
  type TableColumns,
  withoutTriggers,
} from './restore.repository.js';

/** What a rebuild restored, and how much it could not. */
export interface RebuildReport {
  readonly images: number;
  readonly versions: number;
  readonly aliases: number;
  readonly blobs: number;
  /** Versions and images that were restored before. */
  readonly present: number;
  readonly problems: number;
}

export interface RebuildOptions {
  /** Reads every blob and compares its digest, besides its size. */
  readonly verifyBytes: boolean;
  /** Told of each subject that is left out: which, and why. */
  readonly onProblem: (subject: string, reason: string) => void;
  /** Told after every batch. */
  readonly onProgress?: (report: RebuildReport) => void;
}

/** The database or the store is not one that a catalogue can be rebuilt with. The message is a sentence for the operator. */
export class RebuildRefusedError extends Error {
  override readonly name = 'RebuildRefusedError';
}

interface Loaded {
  readonly key: RecordKey;
  readonly record: CatalogRecord;
  readonly sizeBytes: number;
}

const BATCH = 48;
/** Of records, after which a batch has no more. */
const BATCH_BYTES = 8 * 1024 * 1024;
const READS_AT_ONCE = 8;
const LOOK_UP = 1000;

/**
 * Restores the published catalogue from the records in the store into a database without images. Each batch is one
 * transaction, and what is there already is left as it is: killed anywhere it can be repeated, and goes on. A version whose
 * record or bytes are missing or damaged is reported and left out, so that no row refers to bytes that are not there; when
 * they are back, a repetition restores it.
 */
export class Rebuild {
  private readonly counts = { images: 0, versions: 0, aliases: 0, blobs: 0, present: 0, problems: 0 };
  /** Keys of blobs whose bytes were looked at. */
  private readonly checked = new Set<string>();
  private columns: TableColumns = new Map();

  constructor(
    private readonly database: Database,
    private readonly store: ObjectStore,
    private readonly options: RebuildOptions,
  ) {}

  /** Once an instance. Throws RebuildRefusedError, and DependencyUnavailableError when database or store go away. */
  async run(): Promise<RebuildReport> {
    const [images, versions] = [
      await listLastRecords(this.store, 'images'),
      await listLastRecords(this.store, 'versions'),
    ];
    if (images.size === 0 && versions.size === 0) {
      throw new RebuildRefusedError('The store has no record of anything published. Is it the right one?');
    }
    refuse(await this.database.use((connection) => findObstacle(connection, [...images.keys()])));
    this.columns = await this.database.use(readColumns);
    const newImages = await this.leftToDo('images', images);
    await this.inBatches(newImages, (batch) => this.restoreImages(batch));
    await this.inBatches(await this.leftToDo('versions', versions), (batch) => this.restoreVersions(batch));
    // Last, as aliases name versions, and a repetition takes an image whose record is adopted for done.
    await this.inBatches(newImages, (batch) => this.restorePartsOfImages(batch));
    return { ...this.counts };
  }

  /** The records of what is not restored yet, the last first: of two subjects with one name the later is restored. */
  private async leftToDo(
    subject: RecordSubject,
    records: ReadonlyMap<string, RecordKey>,
  ): Promise<RecordKey[]> {
    const present = new Set<string>();
    for (const ids of chunksOf([...records.keys()], LOOK_UP)) {
      const found = await this.database.use((connection) => findStoredRecords(connection, subject, ids));
      found.forEach((id) => present.add(id));
    }
    this.counts.present += present.size;
    return [...records.values()]
      .filter(({ id }) => !present.has(id))
      .sort((a, b) => b.revision - a.revision || (a.id < b.id ? -1 : 1));
  }

  private async inBatches(
    keys: readonly RecordKey[],
    restore: (batch: readonly Loaded[]) => Promise<void>,
  ): Promise<void> {
    let batch: Loaded[] = [];
    const flush = async (): Promise<void> => {
      await restore(batch);
      batch = [];
      this.options.onProgress?.({ ...this.counts });
    };
    for (const chunk of chunksOf(keys, READS_AT_ONCE)) {
      const loaded = await Promise.all(chunk.map((key) => this.load(key)));
      batch.push(...loaded.filter((each) => each !== undefined));
      const bytes = batch.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
      if (batch.length >= BATCH || bytes > BATCH_BYTES) {
        await flush();
      }
    }
    if (batch.length > 0) {
      await flush();
    }
  }

  /** The record, when nothing is missing of what it needs. */
  private async load(key: RecordKey): Promise<Loaded | undefined> {
    let name = describe(key);
    try {
      const bytes = await readRecord(this.store, key);
      const record = parseRecord(key, bytes);
      name = describe(key, record);
      for (const blob of key.subject === 'versions' ? requireWhole(record) : []) {
        if (!this.checked.has(blob.storageKey)) {
          await requireBytes(this.store, blob, this.options.verifyBytes);
          this.checked.add(blob.storageKey);
        }
      }
      return { key, record, sizeBytes: bytes.length };
    } catch (error) {
      this.leaveOut(name, error);
      return undefined;
    }
  }

  private async restoreImages(batch: readonly Loaded[]): Promise<void> {
    for (const { key, record } of batch) {
      try {
        const inserted = await this.database.transaction((tx) => restoreImage(tx, this.columns, key, record));
        this.counts.images += inserted;
      } catch (error) {
        this.leaveOut(describe(key, record), error);
      }
    }
  }

  /** All at once; when the database refuses one, each by itself. */
  private async restoreVersions(batch: readonly Loaded[]): Promise<void> {
    try {
      this.counts.blobs += await this.alone('versions', async (tx) => {
        let blobs = 0;
        for (const { key, record } of batch) {
          blobs += await restoreVersion(tx, this.columns, key, record);
        }
        return blobs;
      });
      this.counts.versions += batch.length;
    } catch (error) {
      const [first, ...others] = batch;
      if (first === undefined || reasonOf(error) === undefined) {
        throw error;
      }
      if (others.length === 0) {
        this.leaveOut(describe(first.key, first.record), error);
        return;
      }
      for (const each of batch) {
        await this.restoreVersions([each]);
      }
    }
  }

  private async restorePartsOfImages(batch: readonly Loaded[]): Promise<void> {
    for (const { key, record } of batch) {
      if (!(await this.database.use((connection) => isThere(connection, key.id)))) {
        continue;
      }
      try {
        const { aliases, leftOut } = await this.alone('images', (tx) =>
          restorePartsOfImage(tx, this.columns, key, record),
        );
        this.counts.aliases += aliases;
        for (const alias of leftOut) {
          this.leaveOut(
            `alias ${record.image}/${alias}`,
            new NotRestorableError('its version was not restored'),
          );
        }
      } catch (error) {
        this.leaveOut(describe(key, record), error);
      }
    }
  }

  /** One transaction in which published rows may be inserted. */
  private alone<T>(subject: RecordSubject, work: (tx: Transaction) => Promise<T>): Promise<T> {
    return this.database.transaction(async (tx) => {
      refuse(await findCompany(tx));
      return withoutTriggers(tx, subject, () => work(tx));
    });
  }

  /** Reports a subject that cannot be restored; an error that is not of the subject is thrown. */
  private leaveOut(subject: string, error: unknown): void {
    const reason = reasonOf(error);
    if (reason === undefined) {
      throw error;
    }
    this.counts.problems += 1;
    this.options.onProblem(subject, reason);
  }
}

function refuse(obstacle: string | undefined): void {
  if (obstacle !== undefined) {
    throw new RebuildRefusedError(obstacle);
  }
}

async function isThere(connection: Connection, imageId: string): Promise<boolean> {
  return (await connection.rows('SELECT FROM images WHERE id = $1', [imageId])).length > 0;
}

/** Undefined when the error says nothing of the subject. */
function reasonOf(error: unknown): string | undefined {
  if (error instanceof NotRestorableError) {
    return error.message;
  }
  if (error instanceof DamagedObjectError || error instanceof NoSuchObjectError) {
    return `its record or its bytes are damaged or missing: ${error.message}`;
  }
  if (error instanceof FailedStatementError && error.isFaultOfData) {
    return REFUSALS.get(error.constraint ?? '') ?? `the database refused it: ${error.message}`;
  }
  return undefined;
}

const REFUSALS: ReadonlyMap<string, string> = new Map([
  ['versions_image_id_fkey', 'its image was not restored'],
  ['versions_name_unique', 'another version of that name was recorded later'],
]);

/** By its name, or by its id as long as nobody could read that. */
function describe({ subject, id }: RecordKey, record?: CatalogRecord): string {
  if (subject === 'images') {
    return `image ${record?.image ?? id}`;
  }
  const version = record?.rows['versions']?.[0]?.['version'];
  return `version ${record !== undefined && typeof version === 'string' ? `${record.image}/${version}` : id}`;
}

function* chunksOf<T>(items: readonly T[], size: number): Generator<readonly T[]> {
  for (let at = 0; at < items.length; at += size) {
    yield items.slice(at, at + size);
  }
}
