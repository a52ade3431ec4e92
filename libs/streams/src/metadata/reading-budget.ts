import { InvalidImageMetadataError } from './invalid-image-metadata.error.js';

export interface ReadingBudgetLimits {
  /** Compressed and decompressed bytes together. */
  readonly maxBytes: number;
  /** How many decompressed bytes are fine for each compressed one, of all archives together. */
  readonly maxRatio: number;
  /** Decompressed bytes that are fine before the ratio counts. */
  readonly freeBytes: number;
}

const MIB = 1024 * 1024;

/** Sixty full beginnings of unified images; a worker reads them in well under a minute. */
const DEFAULT_LIMITS: ReadingBudgetLimits = { maxBytes: 4096 * MIB, maxRatio: 20, freeBytes: 256 * MIB };

/** Parsing a byte of YAML takes about as long as decompressing so many bytes. */
const PARSING_WEIGHT = 32;

/**
 * What a job may spend on reading archives, however many they are: made once for a job and shared by all of its
 * readers. A few bytes that decompress to very many, or very many archives, so never hold a worker for long.
 */
export class ReadingBudget {
  private compressedBytes = 0;
  private decompressedBytes = 0;

  constructor(private readonly limits: ReadingBudgetLimits = DEFAULT_LIMITS) {}

  /** Throws InvalidImageMetadataError when the job may not read as much. */
  spendCompressed(bytes: number): void {
    this.compressedBytes += bytes;
    this.check();
  }

  /** Throws InvalidImageMetadataError when the job may not decompress as much. */
  spendDecompressed(bytes: number): void {
    this.decompressedBytes += bytes;
    this.check();
  }

  /** Throws InvalidImageMetadataError when the job may not parse as much. */
  spendParsed(bytes: number): void {
    this.spendDecompressed(bytes * PARSING_WEIGHT);
  }

  private check(): void {
    const { maxBytes, maxRatio, freeBytes } = this.limits;
    if (this.compressedBytes + this.decompressedBytes > maxBytes) {
      throw new InvalidImageMetadataError(
        `The archives of this version have more than ${maxBytes} bytes to read; publish it as several versions.`,
      );
    }
    if (this.decompressedBytes > freeBytes + maxRatio * this.compressedBytes) {
      throw new InvalidImageMetadataError(
        `The archives of this version decompress to more than ${maxRatio} times their size.`,
      );
    }
  }
}
