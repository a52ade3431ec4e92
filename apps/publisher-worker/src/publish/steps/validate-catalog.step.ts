import type { BlobReader } from '@imgsrv/cas';
import {
  type Declaration,
  type DiskLimits,
  findContentProblems,
  findDeclarationProblem,
  findDeltaProblems,
  listDeclarations,
} from '@imgsrv/catalog';
import { PermanentJobError } from '@imgsrv/jobs';
import type { Database } from '@imgsrv/platform';
import type { PublishStep } from '../publish-step.js';
import { contentRun } from './content-run.js';

const MOST_PROBLEMS_TOLD = 10;

/**
 * Everything that is declared agrees with the verified bytes: their sizes, and the formats of artifacts, whose disks are within the limits, and deltas
 * make their artifacts of their bases. Nothing is read
 * when the beginnings of the bytes say already that it does not.
 */
export function validateCatalog(database: Database, blobs: BlobReader, disks: DiskLimits): PublishStep {
  return async (job, step) => {
    const declared = () =>
      database.snapshot((connection) => listDeclarations(connection, job.payload.versionId));
    const declarations = await declared();
    refuse(findDeclarationProblems(declarations, disks));
    const run = contentRun(job, step, blobs);
    refuse(await findContentProblems(database, declarations, run));
    // By now the size of every disk is known.
    refuse(findDeclarationProblems(await declared(), disks));
    refuse(await findDeltaProblems(database, job.payload.versionId, run));
  };
}

function findDeclarationProblems(declarations: readonly Declaration[], disks: DiskLimits): string[] {
  return declarations.flatMap((declaration) => findDeclarationProblem(declaration, disks) ?? []);
}

function refuse(problems: readonly string[]): void {
  if (problems.length === 0) {
    return;
  }
  const more = problems.length - MOST_PROBLEMS_TOLD;
  const told = [...problems.slice(0, MOST_PROBLEMS_TOLD), ...(more > 0 ? [`And ${more} more.`] : [])];
  throw new PermanentJobError(told.join(' '));
}
