import type { ByteReader } from './byte-reader.js';
import { damagedTar } from '../unsound-archive.error.js';
import { readPaxRecords } from './pax-records.js';
import { BLOCK_BYTES, readTarHeader, type TarHeader } from './tar-header.js';

/** A member of an archive. Its name is as it stands there. */
export interface TarEntry {
  readonly name: string;
  /** A file whose content stands in the archive byte by byte: no link, no folder, not sparse. */
  readonly isRegularFile: boolean;
  readonly sizeBytes: number;
}

/** Links, devices, folders and pipes: whatever size their headers claim, nothing of it is in the archive. */
const WITHOUT_CONTENT = new Set(['1', '2', '3', '4', '5', '6']);
/** A name of the archive itself, as `tar --label` writes it. */
const VOLUME_LABEL = 'V';
const REGULAR = new Set(['0', '\0', '7']);
/** Of names and attributes that have a place of their own before a header, as Go's `archive/tar` bounds them. */
const MAX_EXTENSION_BYTES = 1024 * 1024;
/** In the header for all files these make one program see other files than another. */
const NEVER_GLOBAL = ['path', 'size', 'linkpath', 'GNU.sparse.name'];

/** What stands before the header of a member and says more of it. */
interface Extensions {
  readonly longName?: string;
  readonly records?: ReadonlyMap<string, string>;
}

/**
 * Walks the members of a tar archive (v7, POSIX, GNU). Every step uses up at least one block of the reader, so it ends
 * where the reader ends. Nothing is kept but one header. Errors are those of the reader, and UnsoundArchiveError
 * for what is no sound archive.
 */
export class TarReader {
  private unreadBytes = 0;
  private paddingBytes = 0;

  constructor(private readonly reader: ByteReader) {}

  /** The next member, after whatever is left of the one before; undefined at the end of the archive. */
  async next(): Promise<TarEntry | undefined> {
    let extensions: Extensions = {};
    for (;;) {
      await this.passContent();
      const header = await this.readHeader();
      if (header === undefined) return undefined;
      this.expectContent(WITHOUT_CONTENT.has(header.typeflag) ? 0 : header.sizeBytes);
      switch (header.typeflag) {
        case 'x':
          extensions = { ...extensions, records: readPaxRecords(await this.readExtension(header)) };
          break;
        case 'g':
          refuseGlobalNames(readPaxRecords(await this.readExtension(header)));
          break;
        case 'L':
          extensions = { ...extensions, longName: toText(await this.readExtension(header)) };
          break;
        case 'K':
          break;
        case VOLUME_LABEL:
          extensions = {};
          break;
        default:
          return await this.toEntry(header, extensions);
      }
    }
  }

  /** What is left of the content of the member that `next` gave last. The caller has looked at its size. */
  async readContent(): Promise<Buffer> {
    const size = this.unreadBytes;
    this.unreadBytes = 0;
    if (size === 0) return Buffer.alloc(0);
    const content = await this.reader.read(size);
    if (content === undefined) throw damagedTar('it ends before its end');
    return content;
  }

  private async toEntry(header: TarHeader, { longName, records }: Extensions): Promise<TarEntry> {
    const paxName = given(records, 'GNU.sparse.name') ?? given(records, 'path');
    if (paxName !== undefined && longName !== undefined) throw damagedTar('a file has two names');
    const name = paxName ?? longName ?? header.name;
    if (name.includes('\0')) throw damagedTar('a name contains NUL');
    const sizeBytes = readSize(given(records, 'size')) ?? header.sizeBytes;
    if (!WITHOUT_CONTENT.has(header.typeflag)) this.expectContent(sizeBytes);
    if (header.isExtended) await this.passSparseMaps();
    const isSparse = [...(records?.keys() ?? [])].some((key) => key.startsWith('GNU.sparse.'));
    return {
      name,
      sizeBytes,
      isRegularFile: REGULAR.has(header.typeflag) && !isSparse && !name.endsWith('/'),
    };
  }

  /** Two blocks of zeros end an archive, and so does the end of the source where a header could be. */
  private async readHeader(): Promise<TarHeader | undefined> {
    const block = await this.reader.read(BLOCK_BYTES);
    if (block === undefined) return undefined;
    if (!isZero(block)) return readTarHeader(block);
    const second = await this.reader.read(BLOCK_BYTES);
    if (second !== undefined && !isZero(second)) throw damagedTar('something follows its end mark');
    return undefined;
  }

  private async readExtension({ sizeBytes }: TarHeader): Promise<Buffer> {
    if (sizeBytes > MAX_EXTENSION_BYTES) {
      throw damagedTar(`an extended header is larger than ${MAX_EXTENSION_BYTES} bytes`);
    }
    return this.readContent();
  }

  private async passSparseMaps(): Promise<void> {
    for (let goesOn = true; goesOn;) {
      const block = await this.reader.read(BLOCK_BYTES);
      if (block === undefined) throw damagedTar('it ends before its end');
      goesOn = block.readUInt8(504) !== 0;
    }
  }

  private async passContent(): Promise<void> {
    const size = this.unreadBytes + this.paddingBytes;
    this.unreadBytes = 0;
    this.paddingBytes = 0;
    await this.reader.skip(size);
  }

  private expectContent(sizeBytes: number): void {
    this.unreadBytes = sizeBytes;
    this.paddingBytes = (BLOCK_BYTES - (sizeBytes % BLOCK_BYTES)) % BLOCK_BYTES;
  }
}

function isZero(block: Buffer): boolean {
  return block.every((byte) => byte === 0);
}

function toText(bytes: Buffer): string {
  return bytes.toString('utf8').replace(/\0[^]*$/, '');
}

function given(records: ReadonlyMap<string, string> | undefined, key: string): string | undefined {
  const value = records?.get(key);
  return value === '' ? undefined : value;
}

function readSize(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const size = /^[0-9]{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(size)) throw damagedTar('the size of a file is no number that can be');
  return size;
}

function refuseGlobalNames(records: ReadonlyMap<string, string>): void {
  const key = NEVER_GLOBAL.find((name) => records.has(name));
  if (key !== undefined) throw damagedTar(`a global header sets ${key} of every file`);
}
