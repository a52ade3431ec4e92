import { findDeclarationProblem, listDeclarations } from '@imgsrv/catalog';
import { PermanentJobError } from '@imgsrv/jobs';
import type { Database } from '@imgsrv/platform';
import type { PublishStep } from '../publish-step.js';

const MOST_PROBLEMS_TOLD = 10;

/** Everything that is declared agrees with the verified bytes: their sizes, and the formats of artifacts. */
export function validateCatalog(database: Database): PublishStep {
  return async ({ payload }) => {
    const declarations = await database.snapshot((connection) =>
      listDeclarations(connection, payload.versionId),
    );
    const problems = declarations.flatMap((declaration) => findDeclarationProblem(declaration) ?? []);
    if (problems.length > 0) {
      throw new PermanentJobError(tell(problems));
    }
  };
}

function tell(problems: readonly string[]): string {
  const more = problems.length - MOST_PROBLEMS_TOLD;
  return [...problems.slice(0, MOST_PROBLEMS_TOLD), ...(more > 0 ? [`And ${more} more.`] : [])].join(' ');
}
