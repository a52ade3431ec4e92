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

/** How large the disk of an artifact may be, as its guest would see it. */
export interface DiskLimits {
  readonly maxBytes: number;
  /** How many times as large as the stored bytes; 0 is any. */
  readonly maxRatio: number;
}

/** Why a declaration cannot be published, as a sentence for the publisher, or undefined. */
export function findDeclarationProblem(declaration: Declaration, limits: DiskLimits): string | undefined {
  const { blob } = declaration;
  const problem =
    blob === undefined
      ? `The blob ${declaration.digest} is not verified.`
      : (findSizeProblem(declaration, blob.sizeBytes) ??
        (declaration.format && checkDeclaredFormat(declaration.format, blob.inspection)) ??
        (declaration.format && findDiskProblem(declaration, blob.inspection, limits)));
  return problem && `${subjectOf(declaration)}: ${problem}`;
}

function findSizeProblem({ digest, sizeBytes }: Declaration, verifiedSizeBytes: number): string | undefined {
  return sizeBytes === verifiedSizeBytes
    ? undefined
    : `The blob ${digest} has ${verifiedSizeBytes} bytes, not the declared ${sizeBytes}.`;
}

function findDiskProblem(
  { sizeBytes }: Declaration,
  { virtualSizeBytes = 0 }: HeaderInspection,
  { maxBytes, maxRatio }: DiskLimits,
): string | undefined {
  if (virtualSizeBytes > maxBytes) {
    return `Its disk has ${virtualSizeBytes} bytes for a guest; this service publishes ${maxBytes} at most.`;
  }
  return maxRatio > 0 && virtualSizeBytes > maxRatio * sizeBytes
    ? `Its disk has ${virtualSizeBytes} bytes for a guest, more than ${maxRatio} times its ${sizeBytes} stored bytes, which is the most that this service publishes.`
    : undefined;
}

/** Which of the files of a version it is, for the beginning of a sentence to the publisher. */
export function subjectOf({ artifact, attachment }: Declaration): string {
  return attachment === undefined
    ? `Artifact ${artifact}`
    : `Attachment ${attachment} of artifact ${artifact}`;
}
