import { createRequire } from 'node:module';
import { join } from 'node:path';
import ts from 'typescript';
import type { Manifest } from './kustomization.js';

const require = createRequire(import.meta.url);

interface Model {
  validate(): void;
}

/**
 * What is wrong with the objects by the schemas of Kubernetes and of the Prometheus operator: values by the validators
 * of `kubernetes-models`, and names of fields, which those let pass, by its types, as an excess property of a literal.
 */
export function findProblems(manifests: readonly Manifest[]): string[] {
  return [...manifests.flatMap(wrongValues), ...wrongFields(manifests)];
}

function moduleOf({ apiVersion, kind }: Manifest): string {
  const [group = '', version] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
  const scope =
    group === 'monitoring.coreos.com' ? '@kubernetes-models/prometheus-operator' : 'kubernetes-models';
  return [scope, ...(group === '' ? [] : [group]), version, kind].join('/');
}

function wrongValues(manifest: Manifest): string[] {
  const models = require(moduleOf(manifest)) as Record<string, new (data: object) => Model>;
  const Kind = models[manifest.kind];
  if (Kind === undefined) return [`no schema of ${manifest.apiVersion} ${manifest.kind}`];
  try {
    new Kind(manifest).validate();
    return [];
  } catch (error) {
    return [`${manifest.kind} ${manifest.metadata.name}: ${String(error)}`];
  }
}

const FILE = join(import.meta.dirname, 'manifests.virtual.ts');

function wrongFields(manifests: readonly Manifest[]): string[] {
  const source = manifests
    .map(
      (manifest, index) =>
        `import type { I${manifest.kind} as Kind${index} } from '${moduleOf(manifest)}';\n` +
        `export const manifest${index}: Kind${index} = ${JSON.stringify(manifest, undefined, 1)};\n`,
    )
    .join('');
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: [],
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    target: ts.ScriptTarget.ES2022,
  };
  const host = ts.createCompilerHost(options);
  const readFile = host.getSourceFile.bind(host);
  host.getSourceFile = (name, ...rest) =>
    name === FILE ? ts.createSourceFile(name, source, ts.ScriptTarget.ES2022) : readFile(name, ...rest);
  const program = ts.createProgram([FILE], options, host);
  return ts
    .getPreEmitDiagnostics(program)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '));
}
