import type { Condition } from '../../libs/auth/src/oidc/condition/condition.js';

/** Numbers from 0 to below 1, the same for the same seed (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export interface Candidate {
  readonly source: string;
  readonly condition: Condition;
}

/**
 * Makes conditions up that are accepted and as large as the bounds allow: random parts are joined, inside of loops and
 * around them, until one more would be refused.
 */
export class ConditionSearch {
  /** `compile` throws for what is not accepted. */
  constructor(
    private readonly compile: (source: string) => Condition,
    private readonly random: () => number,
  ) {}

  next(): Candidate {
    for (;;) {
      const loop = this.pick(['exists_one', 'exists', 'all']);
      const list = this.list(1);
      const start = this.bool(2);
      const inLoop = this.fill(start, (body) => `${list}.${loop}(x, ${body})`, this.pick(['||', '&&']));
      const full = inLoop && this.fill(inLoop.source, (body) => body, this.pick(['||', '&&']));
      if (full !== undefined) {
        return full;
      }
    }
  }

  /** Joins parts for as long as the whole is accepted; undefined when not even the first part is. */
  private fill(first: string, wrap: (body: string) => string, operator: string): Candidate | undefined {
    const parts = [`(${first})`];
    let best = this.accepted(wrap(first));
    const repeated = this.random() < 0.5 ? this.bool(2) : undefined;
    for (let refused = 0; best !== undefined && refused < 3;) {
      const part = `(${repeated ?? this.bool(2)})`;
      const larger = this.accepted(wrap([...parts, part].join(` ${operator} `)));
      if (larger === undefined) {
        refused += 1;
      } else {
        parts.push(part);
        best = larger;
      }
    }
    return best;
  }

  private accepted(source: string): Candidate | undefined {
    try {
      return { source, condition: this.compile(source) };
    } catch {
      return undefined;
    }
  }

  private bool(depth: number): string {
    const inner = depth - 1;
    return depth <= 0
      ? this.pick([
          'x.a',
          'claims.zz',
          'x',
          'x == "b"',
          'x in claims.m',
          'claims.l == claims.m',
          'x == claims.n',
        ])
      : this.choose([
          () => `${this.text(inner)} ${this.pick(['==', '!=', '<', '>='])} ${this.text(inner)}`,
          () => `${this.text(inner)} in ${this.list(inner)}`,
          () => `${this.list(inner)} ${this.pick(['==', '!='])} ${this.list(inner)}`,
          () =>
            `${this.text(inner)}.${this.pick(['contains', 'startsWith', 'endsWith'])}(${this.text(inner)})`,
          () => `hasAny(${this.list(inner)}, ${this.list(inner)})`,
          () => `hasToken(${this.text(inner)}, ${this.text(inner)})`,
          () => `!(${this.bool(inner)})`,
          () => `(${this.bool(inner)} ${this.pick(['&&', '||'])} ${this.bool(inner)})`,
          () => `has(claims.${this.pick(['zz', 's', 'o'])}.${this.pick(['a', 'b'])})`,
          () => `${this.list(inner)}.${this.pick(['all', 'exists', 'exists_one'])}(y, ${this.bool(inner)})`,
          () => `(${this.bool(inner)} ? ${this.bool(inner)} : ${this.bool(inner)})`,
          () => `bool(${this.text(inner)})`,
          () => `${this.number(inner)} ${this.pick(['<', '==', '>'])} ${this.number(inner)}`,
        ]);
  }

  private text(depth: number): string {
    const inner = depth - 1;
    return depth <= 0
      ? this.pick(['claims.s', 'claims.u', 'claims.o.s', 'x', 'x.a', '"aaaaaaab"', '"é"', 'identity.subject'])
      : this.choose([
          () => this.text(0),
          () => `(${this.text(inner)} + ${this.text(inner)})`,
          () => `${this.text(inner)}.lowerAscii()`,
          () => `string(${this.choose([() => this.text(inner), () => this.number(inner)])})`,
          () => `(${this.bool(inner)} ? ${this.text(inner)} : ${this.text(inner)})`,
          () => `claims.o[${this.text(inner)}]`,
        ]);
  }

  private list(depth: number): string {
    const inner = depth - 1;
    return depth <= 0
      ? this.pick(['claims.l', 'claims.m', 'claims.n', 'claims.o', 'claims', 'x'])
      : this.choose([
          () => this.list(0),
          () => `(${this.list(inner)} + ${this.list(inner)})`,
          () => `[${this.list(inner)}, ${this.list(inner)}]`,
          () => `[${this.text(inner)}, ${this.text(inner)}]`,
          () => `{"a": ${this.text(inner)}}`,
          () => `(${this.bool(inner)} ? ${this.list(inner)} : ${this.list(inner)})`,
        ]);
  }

  private number(depth: number): string {
    const inner = depth - 1;
    return depth <= 0
      ? this.pick(['1', '1.5', 'claims.d', 'x'])
      : this.choose([
          () => `size(${this.text(inner)})`,
          () => `size(${this.list(inner)})`,
          () => `${this.pick(['int', 'double'])}(${this.text(inner)})`,
          () => `(${this.number(inner)} ${this.pick(['+', '*', '/', '%'])} ${this.number(inner)})`,
          () => `-(${this.number(inner)})`,
        ]);
  }

  pick<T>(choices: readonly T[]): T {
    const chosen = choices[Math.floor(this.random() * choices.length)];
    if (chosen === undefined) {
      throw new Error('nothing to choose from');
    }
    return chosen;
  }

  private choose(choices: readonly (() => string)[]): string {
    return this.pick(choices)();
  }
}

const many = <T>(count: number, item: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => item(index));
const UNLIKE_ENDS = (end: string): string => 'a'.repeat(1023) + end;
const OTHERS = {
  d: 1.5,
  s: 'a'.repeat(1024),
  u: `${'a'.repeat(255)}b${'a'.repeat(255)}`,
  o: { a: 'é'.repeat(1023) + '€', b: 'b', s: 'İ'.repeat(1024) },
};

/** Claims within the limits, each unpleasant in another way: at most 16,384 characters and 512 values. */
export const ADVERSARIAL_CLAIMS: readonly Readonly<Record<string, unknown>>[] = [
  { ...OTHERS, l: many(256, (n) => n), m: many(230, (n) => n + 0.5), n: 5 },
  { ...OTHERS, l: many(250, (n) => `é€${n}`), m: many(240, (n) => `é€x${n}`), n: 'a' },
  { ...OTHERS, l: many(256, () => null), m: many(230, () => null), n: many(9, () => null) },
  {
    ...OTHERS,
    l: many(15, () => many(15, () => 0)),
    m: many(15, () => [...many(14, () => 0), 1]),
    n: many(15, () => 0),
  },
  { ...OTHERS, l: many(120, () => [[]]), m: many(120, () => [{}]), n: [[]] },
  {
    ...OTHERS,
    l: Object.fromEntries(many(250, (n) => [`k${n}`, n])),
    m: Object.fromEntries(many(230, (n) => [`k${n}`, n])),
    n: {},
  },
  {
    d: 1,
    o: {},
    s: UNLIKE_ENDS('a'),
    u: UNLIKE_ENDS('b'),
    l: many(6, String).map(UNLIKE_ENDS),
    m: many(6, (n) => UNLIKE_ENDS(`${n + 6}`).slice(1)),
    n: 'a',
  },
  { ...OTHERS, s: ' '.repeat(1024), u: `9.${'9'.repeat(1000)}`, l: many(256, () => '1'), m: ['1'], n: '1' },
  {
    d: 0,
    s: many(512, () => 'a').join(' '),
    u: 'ab'.repeat(512),
    o: { a: 'İ'.repeat(1024) },
    l: many(180, (n) => ({ a: n })),
    m: many(40, (n) => ({ a: n, b: n })),
    n: { a: 1 },
  },
];

export const IDENTITY = {
  provider: 'https://issuer.example',
  subject: 'é'.repeat(1024),
  credential_id: 'job',
};
