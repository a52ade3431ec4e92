/** A fenced code block: the words after the fence and the text within. */
export interface CodeBlock {
  /** First word of the info string, such as `sh`; empty without one. */
  readonly language: string;
  /** The other words of the info string. */
  readonly words: readonly string[];
  readonly text: string;
  /** Line of the opening fence, counted from 1. */
  readonly line: number;
}

export interface MarkdownLink {
  readonly target: string;
  /** Counted from 1. */
  readonly line: number;
}

export interface MarkdownText {
  readonly blocks: readonly CodeBlock[];
  /** Outside of code. */
  readonly links: readonly MarkdownLink[];
  /** What a forge names the headings, for links to them. */
  readonly anchors: ReadonlySet<string>;
}

/** Reads what the tests of the documentation look at. It knows the Markdown that our pages use, not all of it. */
export function readMarkdown(text: string): MarkdownText {
  const blocks: CodeBlock[] = [];
  const links: MarkdownLink[] = [];
  const anchors = new Set<string>();
  const lines = text.split('\n');
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] ?? '';
    const fence = /^( *)(`{3,})(.*)$/.exec(line);
    if (fence === null) {
      readProse(line, index + 1, links, anchors);
      continue;
    }
    const [, indent = '', ticks = '', info = ''] = fence;
    const end = lines.findIndex((candidate, at) => at > index && candidate === indent + ticks);
    if (end === -1) {
      throw new Error(`the code block of line ${index + 1} does not end`);
    }
    blocks.push(toBlock(lines.slice(index + 1, end), indent.length, info, index + 1));
    index = end;
  }
  return { blocks, links, anchors };
}

function toBlock(lines: readonly string[], indent: number, info: string, line: number): CodeBlock {
  const [language = '', ...words] = info.trim().split(/\s+/);
  return { language, words, text: lines.map((inner) => `${inner.slice(indent)}\n`).join(''), line };
}

function readProse(text: string, line: number, links: MarkdownLink[], anchors: Set<string>): void {
  const heading = /^#{1,6} +(.+?) *$/.exec(text)?.[1];
  if (heading !== undefined) {
    anchors.add(freeAnchor(anchorOf(heading), anchors));
  }
  for (const [, target = ''] of text.replaceAll(/`[^`]*`/g, '``').matchAll(/\]\(([^()\s]+)\)/g)) {
    links.push({ target, line });
  }
}

function anchorOf(heading: string): string {
  return heading
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(/\s/g, '-');
}

function freeAnchor(anchor: string, taken: ReadonlySet<string>): string {
  let free = anchor;
  for (let again = 1; taken.has(free); again += 1) {
    free = `${anchor}-${again}`;
  }
  return free;
}
