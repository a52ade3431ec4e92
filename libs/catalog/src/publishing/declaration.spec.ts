import { ARTIFACT_ID, DIGEST, TOKEN } from '../names/names.js';
import { type Declaration, findDeclarationProblem } from './declaration.js';

const DECLARED = {
  artifactId: ARTIFACT_ID.parse('6f1b2c3d-0000-4000-8000-0123456789ab'),
  artifact: 'linux amd64 default qcow2',
  digest: DIGEST.parse(`sha256:${'a'.repeat(64)}`),
  sizeBytes: 10,
} as const;

const LIMITS = { maxBytes: 2 ** 40, maxRatio: 0 };
const ARTIFACT: Declaration = { ...DECLARED, format: 'qcow2' };
const ATTACHMENT: Declaration = { ...DECLARED, attachment: TOKEN.parse('incus.tar.xz') };

it('has no problem with an artifact that is what it says', () => {
  const blob = { sizeBytes: 10, inspection: { detected: 'qcow2' } } as const;
  expect(findDeclarationProblem({ ...ARTIFACT, blob }, LIMITS)).toBeUndefined();
});

it('has no opinion on what an attachment is', () => {
  const blob = { sizeBytes: 10, inspection: { detected: 'vmdk', refusal: 'It is odd.' } } as const;
  expect(findDeclarationProblem({ ...ATTACHMENT, blob }, LIMITS)).toBeUndefined();
});

it.each<[string, Declaration, string]>([
  ['a blob that is not there', ARTIFACT, 'Artifact linux amd64 default qcow2: The blob sha256:a'],
  [
    'another size',
    { ...ARTIFACT, blob: { sizeBytes: 11, inspection: { detected: 'qcow2' } } },
    'has 11 bytes, not the declared 10',
  ],
  [
    'another size of an attachment',
    { ...ATTACHMENT, blob: { sizeBytes: 11, inspection: { detected: 'xz' } } },
    'Attachment incus.tar.xz of artifact linux amd64 default qcow2: The blob',
  ],
  [
    'another format',
    { ...ARTIFACT, blob: { sizeBytes: 10, inspection: { detected: 'unknown' } } },
    'declared as qcow2 but its bytes are',
  ],
  [
    'a format that is refused',
    {
      ...ARTIFACT,
      blob: { sizeBytes: 10, inspection: { detected: 'qcow2', refusal: 'It has a backing file.' } },
    },
    'Artifact linux amd64 default qcow2: It has a backing file.',
  ],
  [
    'a raw disk that is none',
    { ...DECLARED, format: 'raw', blob: { sizeBytes: 10, inspection: { detected: 'qcow2' } } },
    'declared as raw but its bytes are a qcow2 image',
  ],
  [
    'a gzip that holds something else',
    {
      ...DECLARED,
      format: 'incus.tar.gz',
      blob: { sizeBytes: 10, inspection: { detected: 'gzip', insideGzip: 'unknown' } },
    },
    'declared as incus.tar.gz but its decompressed bytes are',
  ],
])('names %s', (_what, declaration, problem) => {
  expect(findDeclarationProblem(declaration, LIMITS)).toContain(problem);
});

describe('a disk', () => {
  const ofGuest = (virtualSizeBytes: number): Declaration => ({
    ...ARTIFACT,
    blob: { sizeBytes: 10, inspection: { detected: 'qcow2', virtualSizeBytes } },
  });

  it('may be as large as the limits say, and of any ratio when that has no limit', () => {
    expect(findDeclarationProblem(ofGuest(2 ** 40), LIMITS)).toBeUndefined();
    expect(findDeclarationProblem(ofGuest(1000), { ...LIMITS, maxRatio: 100 })).toBeUndefined();
  });

  it.each([
    [2 ** 40 + 512, 0, 'has 1099511628288 bytes for a guest; this service publishes 1099511627776 at most'],
    [1512, 151, 'has 1512 bytes for a guest, more than 151 times its 10 stored bytes'],
  ])('of %d bytes is refused with a ratio of %d at most', (virtualSizeBytes, maxRatio, sentence) => {
    expect(findDeclarationProblem(ofGuest(virtualSizeBytes), { ...LIMITS, maxRatio })).toContain(sentence);
  });
});
