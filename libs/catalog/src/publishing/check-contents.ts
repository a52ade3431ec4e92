import { type BlobReader, BlobNotFoundError, type Digest, keepVirtualSize } from '@imgsrv/cas';
import type { Connection, Transaction } from '@imgsrv/platform';
import type { ContentCheck, ContentFinding } from '../formats/content-check.js';
import { getFormat } from '../formats/image-formats.js';
import { BlobContentSource } from './blob-content-source.js';
import {
  type ContentVerdict,
  keepContentVerdict,
  listContentVerdicts,
} from './content-verdict.repository.js';
import { type Declaration, subjectOf } from './declaration.js';

export interface ContentRun {
  readonly blobs: BlobReader;
  /** Aborting it ends the reading and rejects with its reason. */
  readonly signal: AbortSignal;
  /** So many more bytes are going to be read. */
  readonly expectBytes: (sizeBytes: number) => void;
  /** Called for every chunk, with the bytes of the blobs that there is something to find out about. */
  readonly onProgress: (doneBytes: number, totalBytes: number) => void;
  /** Runs a transaction, fenced against other workers on the same job. */
  readonly write: (work: (tx: Transaction) => Promise<void>) => Promise<void>;
}

/** The same check of the same bytes, for whatever declares them. */
interface Checking {
  readonly digest: Digest;
  readonly sizeBytes: number;
  readonly check: ContentCheck;
}

const LONGEST_PROBLEM = 1000;

/**
 * Reads what is declared as far as the checks of its formats want, and gives a sentence for the publisher for each
 * declaration that is not what it has to be. What was found once in equal bytes is not looked for again, by whomever
 * they are published. Each verdict is kept at once, and the size of the disk with it, so that a later attempt goes on from there. Rejects when the bytes
 * cannot be read now, which is no verdict.
 */
export async function findContentProblems(
  connection: Connection,
  declarations: readonly Declaration[],
  run: ContentRun,
): Promise<string[]> {
  const verdicts = await keptVerdicts(connection, declarations);
  const checkings = declarations.flatMap((declaration) => checkingOf(declaration) ?? []);
  const left = new Map(
    checkings.filter((checking) => !verdicts.has(keyOf(checking))).map((each) => [keyOf(each), each]),
  );
  const totalBytes = [...left.values()].reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  let doneBytes = 0;
  for (const checking of left.values()) {
    const { problem, virtualSizeBytes } = await judge(checking, run, (readBytes) => {
      run.onProgress(doneBytes + Math.min(readBytes, checking.sizeBytes), totalBytes);
    });
    const verdict = { ...checking, ...(problem === undefined ? {} : { problem: toSentence(problem) }) };
    await run.write(async (tx) => {
      await keepContentVerdict(tx, verdict);
      if (virtualSizeBytes !== undefined) await keepVirtualSize(tx, checking.digest, virtualSizeBytes);
    });
    verdicts.set(keyOf(verdict), verdict);
    doneBytes += checking.sizeBytes;
    run.onProgress(doneBytes, totalBytes);
  }
  return declarations.flatMap((declaration) => {
    const checking = checkingOf(declaration);
    const problem = checking && verdicts.get(keyOf(checking))?.problem;
    return problem === undefined ? [] : `${subjectOf(declaration)}: ${problem}`;
  });
}

/** What the bytes of a declaration have to pass, if anything. */
function checkOf({ format }: Declaration): ContentCheck | undefined {
  return format && getFormat(format).contentCheck;
}

function checkingOf(declaration: Declaration): Checking | undefined {
  const check = checkOf(declaration);
  return check && { digest: declaration.digest, sizeBytes: declaration.sizeBytes, check };
}

async function keptVerdicts(
  connection: Connection,
  declarations: readonly Declaration[],
): Promise<Map<string, ContentVerdict>> {
  const digests = new Set(declarations.map(({ digest }) => digest));
  const kept = await listContentVerdicts(connection, [...digests]);
  return new Map(kept.map((verdict) => [keyOf(verdict), verdict]));
}

function keyOf({ digest, check }: Pick<ContentVerdict, 'digest' | 'check'>): string {
  return `${digest} ${check.name} ${check.version}`;
}

/** What looks wrong is looked at once more: a bit that flips between the store and here is not the publisher's fault. */
async function judge(
  { digest, check }: Checking,
  run: ContentRun,
  onRead: (readBytes: number) => void,
): Promise<ContentFinding> {
  const blob = await run.blobs.find(digest);
  if (blob === undefined) {
    throw new BlobNotFoundError();
  }
  let readBytes = 0;
  const read = async (): Promise<ContentFinding> => {
    const source = new BlobContentSource(blob, {
      ...run,
      onOpen: run.expectBytes,
      onRead: (sizeBytes) => {
        readBytes += sizeBytes;
        onRead(readBytes);
      },
    });
    try {
      return await check.judge(source);
    } finally {
      // Also in the place of what the check made of it, be that a verdict or an error of its own.
      source.throwIfFailed();
    }
  };
  const finding = await read();
  return finding.problem === undefined ? finding : read();
}

function toSentence(problem: string): string {
  return problem.slice(0, LONGEST_PROBLEM).toWellFormed().replaceAll('\0', '\uFFFD');
}
