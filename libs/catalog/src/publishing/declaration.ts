import type { Digest } from '@imgsrv/cas';
import type { FormatName } from '../formats/image-formats.js';
import { checkDeclaredFormat } from '../formats/check-declared-format.js';
import type { HeaderInspection } from '../formats/inspect-header.js';
import type { ArtifactId, Token } from '../names/names.js';

/** What a version says of one file, and what is known of the verified blob of that digest. */
export interface Declaration {
  readonly artifactId: ArtifactId;
  /** `linux amd64 default qcow2` or so: which artifact, for sentences to the publisher. */
  readonly artifact: string;
  /** Of an artifact itself. */
  readonly format?: FormatName;
  /** Of an attachment. */
  readonly attachment?: Token;
  readonly digest: Digest;
  readonly sizeBytes: number;
  readonly blob?: { readonly sizeBytes: number; readonly inspection: HeaderInspection };
}

/** Why a declaration cannot be published, as a sentence for the publisher, or undefined. */
export function findDeclarationProblem(declaration: Declaration): string | undefined {
  const { blob } = declaration;
  const problem =
    blob === undefined
      ? `The blob ${declaration.digest} is not verified.`
      : (findSizeProblem(declaration, blob.sizeBytes) ??
        (declaration.format && checkDeclaredFormat(declaration.format, blob.inspection)));
  return problem && `${subjectOf(declaration)}: ${problem}`;
}

function findSizeProblem({ digest, sizeBytes }: Declaration, verifiedSizeBytes: number): string | undefined {
  return sizeBytes === verifiedSizeBytes
    ? undefined
    : `The blob ${digest} has ${verifiedSizeBytes} bytes, not the declared ${sizeBytes}.`;
}

/** Which of the files of a version it is, for the beginning of a sentence to the publisher. */
export function subjectOf({ artifact, attachment }: Declaration): string {
  return attachment === undefined
    ? `Artifact ${artifact}`
    : `Attachment ${attachment} of artifact ${artifact}`;
}
