import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { Plugin } from 'esbuild';
import ts from 'typescript';
import { DIST } from '../../support/service-programs.js';

/** Calls of the object store that have an effect or an answer that matters; `check` has neither. */
const STORE_CALLS = new Set([
  'createMultipartUpload',
  'putObject',
  'putPart',
  'discardPart',
  'completeMultipartUpload',
  'abortMultipartUpload',
  'head',
  'openRead',
  'delete',
]);
const STORE_LISTINGS = new Set(['list', 'listMultipartUploads']);
const COMMITS = new Set(['transaction', 'write', 'fenced', 'complete', 'query']);
/** A module that calls none of these has no points. */
const CANDIDATE = new RegExp(`\\.(${[...STORE_CALLS, ...STORE_LISTINGS, ...COMMITS].join('|')})\\(`);
/** Their transactions touch no bytes and no version; what `doctor` tries is its own and away at once. */
const OUTSIDE =
  /^(libs\/(auth|audit|platform)\/|apps\/standalone\/|libs\/cas\/src\/(comparison\/|object-store\/examine-))/;

type CallForm = 'effect' | 'listing' | 'commit';

interface FoundCall {
  readonly form: CallForm;
  readonly node: ts.CallExpression;
  readonly operation: string;
  /** Class and function that it is in. */
  readonly place: string;
}

/** Collects the points that it finds while it weaves a call of `crashPoints` around each of them. */
export class Weaver {
  /** Names of all points: the module, the function in it, the operation, and its number when there are more of them. */
  readonly points = new Set<string>();

  get plugin(): Plugin {
    return {
      name: 'crash points',
      setup: (bundle) => {
        bundle.onLoad({ filter: /\.js$/ }, async ({ path }) => {
          const module = relative(DIST, path);
          return /^(libs|apps)\//.test(module) && !path.endsWith('/main.js')
            ? { contents: this.weave(module, await readFile(path, 'utf8')) }
            : undefined;
        });
      },
    };
  }

  /** `module` is the path below `dist`. */
  weave(module: string, text: string): string {
    if (!CANDIDATE.test(text)) {
      return text.concat(registrationOf(module));
    }
    const source = ts.createSourceFile(module, text, ts.ScriptTarget.Latest, true, ts.ScriptKind.JS);
    const edits: Edit[] = [];
    const seen = new Map<string, number>();
    for (const call of findCalls(source)) {
      const name = this.nameOf(module, call, seen);
      edits.push(...editsOf(source, call, name));
    }
    return edits
      .sort((a, b) => b.at - a.at)
      .reduce((woven, { at, insert }) => woven.slice(0, at) + insert + woven.slice(at), text)
      .concat(registrationOf(module));
  }

  /** Undefined for what is not among the points. */
  private nameOf(
    module: string,
    { place, operation }: FoundCall,
    seen: Map<string, number>,
  ): string | undefined {
    if (OUTSIDE.test(module)) {
      return undefined;
    }
    const file = module.replace(/^(libs|apps)\//, '').replace(/\/src\//, '/');
    const base = `${file.replace(/\.js$/, '')} ${place} ${operation}`;
    const count = (seen.get(base) ?? 0) + 1;
    seen.set(base, count);
    const name = count === 1 ? base : `${base} ${count}`;
    this.points.add(name);
    return name;
  }
}

/** What a point belongs to: the folder of its module. */
export function protocolOf(point: string): string {
  const [module = ''] = point.split(' ');
  return join(module, '..');
}

interface Edit {
  readonly at: number;
  readonly insert: string;
}

function editsOf(source: ts.SourceFile, { form, node }: FoundCall, name: string | undefined): Edit[] {
  if (
    /\b(await|yield|arguments)\b/.test(
      node.arguments
        .filter((each) => !ts.isFunctionLike(each))
        .map((each) => each.getText(source))
        .join(),
    )
  ) {
    throw new Error(`${source.fileName}: ${node.getText(source)} cannot be moved into a function`);
  }
  const quoted = JSON.stringify(name ?? null);
  const [start, end] = [node.getStart(source), node.getEnd()];
  const work = node.arguments.at(-1);
  if (form !== 'commit' || work === undefined) {
    const body = node.arguments[1]?.getText(source);
    const hasBody = /\.put(Part|Object)$/.test(node.expression.getText(source));
    const rest = hasBody && body !== undefined ? `, ${body}` : '';
    return [
      { at: start, insert: `crashPoints.${form}(${quoted}, () => ` },
      { at: end, insert: `${rest})` },
    ];
  }
  return [
    { at: start, insert: `crashPoints.commit(${quoted}, (wovenWork) => ` },
    { at: work.getStart(source), insert: 'wovenWork), (' },
    { at: end, insert: ')' },
  ];
}

function findCalls(source: ts.SourceFile): FoundCall[] {
  const found: FoundCall[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
      const operation = node.expression.name.text;
      const form = formOf(node.expression.expression.getText(source), operation);
      if (form !== undefined && !isPassedOn(node, form, operation)) {
        found.push({ form, node, operation, place: placeOf(node) });
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function formOf(receiver: string, method: string): CallForm | undefined {
  if (/(^|\.)store$/.test(receiver) && STORE_CALLS.has(method)) {
    return 'effect';
  }
  if (/(^|\.)store$/.test(receiver) && STORE_LISTINGS.has(method)) {
    return 'listing';
  }
  // One statement, which the database commits by itself, and the renewal of leases.
  if (/(^|\.)database$/.test(receiver) && method === 'write') {
    return 'effect';
  }
  if (/(^|\.)connection$/.test(receiver) && method === 'query') {
    return 'effect';
  }
  const commits =
    (/(^|\.)database$/.test(receiver) && method === 'transaction') ||
    method === 'fenced' ||
    (/(^|\.)job$/.test(receiver) && method === 'complete') ||
    (/(^|\.)run$/.test(receiver) && method === 'write');
  return commits ? 'commit' : undefined;
}

/** Made on behalf of a caller, who says by the same name what is to be done: the point is there. */
function isPassedOn(node: ts.Node, form: CallForm, operation: string): boolean {
  const own = namedFunctionAround(node);
  if (own === undefined) {
    return false;
  }
  const name = nameOfFunction(own);
  return form === 'commit'
    ? COMMITS.has(name ?? '') && own.parameters.some((parameter) => parameter.name.getText() === 'work')
    : name === operation;
}

function namedFunctionAround(node: ts.Node): ts.FunctionLikeDeclaration | undefined {
  const own = ts.findAncestor(node, (at) => ts.isFunctionLike(at) && nameOfFunction(at) !== undefined);
  return own as ts.FunctionLikeDeclaration | undefined;
}

/** The nearest function that has a name, and the class around it. */
function placeOf(node: ts.Node): string {
  const own = namedFunctionAround(node);
  const around = ts.findAncestor(node, ts.isClassLike);
  const names = [around?.name?.text, own && nameOfFunction(own)];
  return names.filter((name) => name !== undefined).join('.');
}

function nameOfFunction(node: ts.Node): string | undefined {
  if (ts.isMethodDeclaration(node) || ts.isFunctionDeclaration(node) || ts.isGetAccessor(node)) {
    return node.name?.getText();
  }
  const isValue = ts.isArrowFunction(node) || ts.isFunctionExpression(node);
  if (isValue && (ts.isPropertyAssignment(node.parent) || ts.isVariableDeclaration(node.parent))) {
    return node.parent.name.getText();
  }
  return undefined;
}

/** Where everything ends up that the points lead to; there it is seen whether something came without one. */
const REGISTRATIONS: Readonly<Record<string, string>> = {
  'libs/platform/src/errors/dependency-unavailable.error.js':
    'crashPoints.outage = (what) => new DependencyUnavailableError(what);',
  'libs/platform/src/database/database.js': `crashPoints.guard(Database.prototype, ['transaction', 'write']);`,
  'libs/platform/src/database/side-connection.js': `crashPoints.guard(SideConnection.prototype, ['query']);`,
  'libs/cas/src/object-store/filesystem/filesystem-object-store.js': `crashPoints.guard(FilesystemObjectStore.prototype, ${JSON.stringify([...STORE_CALLS, ...STORE_LISTINGS])});`,
};

function registrationOf(module: string): string {
  const registration = REGISTRATIONS[module];
  return registration === undefined ? '' : `\n${registration}\n`;
}
