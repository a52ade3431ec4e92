import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { describeWith } from '../fixtures/requirement.js';
import { buildKustomization, type Manifest } from './kustomization.js';

const FOLDER = join(import.meta.dirname, '..', '..', 'docker', 'kubernetes');
const CASES = ['base', ...readdirSync(join(FOLDER, 'overlays')).map((name) => `overlays/${name}`)];

/** The order of objects means nothing to Kubernetes. */
function byName(manifests: readonly Manifest[]): Record<string, Manifest> {
  return Object.fromEntries(manifests.map((one) => [`${one.kind} ${one.metadata.name}`, one]));
}

/** The other tests of the manifests need no kubectl, whose Debian package cannot build them. */
describeWith('kubectl', 'what the tests build of', () => {
  it.each(CASES)('docker/kubernetes/%s is what kubectl builds', (name) => {
    const output = execFileSync('kubectl', ['kustomize', join(FOLDER, name)], { encoding: 'utf8' });
    const built = parseAllDocuments(output).map((document) => document.toJS() as Manifest);
    expect(byName(buildKustomization(join(FOLDER, name)))).toEqual(byName(built));
  });
});
