import {
  type Alias,
  type Document,
  isAlias,
  isCollection,
  isNode,
  isPair,
  isScalar,
  LineCounter,
  type Node,
  parseAllDocuments,
  type Scalar,
  type ScalarTag,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import { InvalidImageMetadataError } from '../invalid-image-metadata.error.js';
import { quoted } from './metadata-problems.js';
import { adviceFor } from './syntax-advice.js';
import { findUncomposable } from './yaml-depth.js';

/** A node that stands for itself; undefined where nothing stands. */
export type YamlNode = Scalar | YAMLMap | YAMLSeq | undefined;

const NO_TAGS: ScalarTag[] = [];
/** Others are fine in YAML 1.2, and an error for Go's decoder. */
const ANCHOR = /^[A-Za-z0-9_-]+$/;

/**
 * The first document of a YAML text and what its aliases stand for. What comes after it may only be an empty document.
 * Throws InvalidImageMetadataError, which names the line, for what Go's decoder cannot parse: also for an alias of an
 * anchor that does not stand before it.
 */
export class YamlDocument {
  readonly root: YamlNode;
  private readonly lines = new LineCounter();
  private readonly anchors = new Map<string, Node>();
  private readonly targets = new Map<Alias, Node>();

  constructor(text: string) {
    const uncomposable = findUncomposable(text);
    if (uncomposable !== undefined) throw new InvalidImageMetadataError(`metadata.yaml: ${uncomposable}`);
    const document = this.parse(text);
    this.resolveAliases(document.contents);
    this.root = this.resolve(document.contents);
  }

  /** What stands in this place, whether it is written there or an alias of it. */
  resolve(node: unknown): YamlNode {
    if (!isNode(node)) return undefined;
    const target = isAlias(node) ? this.targets.get(node) : node;
    return isScalar(target) || isCollection(target) ? target : undefined;
  }

  /** The line of a node, counted from one. */
  lineOf(node: unknown): number | undefined {
    const at = isNode(node) ? node.range?.[0] : undefined;
    return at === undefined ? undefined : this.lines.linePos(at).line;
  }

  private parse(text: string): Document {
    // The failsafe schema and no known tags: every scalar keeps its text, and nothing is made of it.
    const documents = parseAllDocuments(text, {
      schema: 'failsafe',
      customTags: NO_TAGS,
      resolveKnownTags: false,
      uniqueKeys: false,
      prettyErrors: false,
      lineCounter: this.lines,
    });
    if (!Array.isArray(documents)) throw new InvalidImageMetadataError('metadata.yaml is empty.');
    const [first, ...others] = documents;
    for (const document of documents) this.refuseErrors(document);
    if (first?.directives.yaml.explicit === true && first.directives.yaml.version !== '1.1') {
      throw new InvalidImageMetadataError(
        'metadata.yaml says with %YAML that it is of another version than 1.1, which Incus and LXD refuse; leave that line out.',
      );
    }
    const second = others.find(({ contents }) => contents !== null && !isEmptyScalar(contents));
    if (second !== undefined) {
      throw new InvalidImageMetadataError(
        `metadata.yaml is not valid YAML near line ${this.lineOf(second.contents) ?? 1}: a second document begins there, and a metadata.yaml is one; remove it.`,
      );
    }
    if (first === undefined) throw new InvalidImageMetadataError('metadata.yaml is empty.');
    return first;
  }

  private refuseErrors({ errors, warnings }: Document): void {
    // Go's decoder knows no other directives than %YAML and %TAG.
    const error = errors[0] ?? warnings.find(({ code }) => code === 'BAD_DIRECTIVE');
    if (error === undefined) return;
    const { line } = this.lines.linePos(error.pos[0]);
    throw new InvalidImageMetadataError(
      `metadata.yaml is not valid YAML near line ${line}: ${adviceFor(error.code)}`,
      { cause: error },
    );
  }

  /** In the order of the text, as an alias stands for the last anchor of its name before it. */
  private resolveAliases(node: unknown): void {
    if (isAlias(node)) this.resolveAlias(node);
    if (!isScalar(node) && !isCollection(node)) return;
    if (node.anchor !== undefined) {
      this.refuseAnchor(node, node.anchor);
      this.anchors.set(node.anchor, node);
    }
    if (!isCollection(node)) return;
    for (const item of node.items) {
      if (isPair(item)) {
        this.resolveAliases(item.key);
        this.resolveAliases(item.value);
      } else {
        this.resolveAliases(item);
      }
    }
  }

  private resolveAlias(alias: Alias): void {
    this.refuseAnchor(alias, alias.source);
    const target = this.anchors.get(alias.source);
    if (target === undefined) {
      throw new InvalidImageMetadataError(
        `metadata.yaml: line ${this.lineOf(alias) ?? 1}: ${quoted(`*${alias.source}`)} stands for nothing, since no & of that name is above it; put it in quotes if it is text.`,
      );
    }
    this.targets.set(alias, target);
  }

  private refuseAnchor(node: Node, name: string): void {
    if (ANCHOR.test(name)) return;
    throw new InvalidImageMetadataError(
      `metadata.yaml is not valid YAML near line ${this.lineOf(node) ?? 1}: a name after & or * has letters, digits, "-" and "_" only; put the value in quotes if it is text.`,
    );
  }
}

function isEmptyScalar(node: unknown): boolean {
  return isScalar(node) && node.source === '' && node.tag === undefined;
}
