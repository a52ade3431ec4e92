import { compileCondition } from './condition.js';

const IDENTITY = { provider: 'https://issuer.example', subject: 'pipeline', credential_id: 'job-1' };

function evaluate(source: string, claims: Record<string, unknown> = {}): unknown {
  return compileCondition(source).evaluate({ claims, identity: IDENTITY });
}

function numbered(count: number, item: (number: number) => string): string {
  return Array.from({ length: count }, (_, index) => item(index)).join();
}

function or(count: number, part: (number: number) => string): string {
  return Array.from({ length: count }, (_, index) => part(index)).join(' || ');
}

describe('a condition', () => {
  it.each<[string, Record<string, unknown>, boolean]>([
    ['true', {}, true],
    ['identity.subject == "pipeline"', {}, true],
    ['identity.provider == "https://issuer.example" && identity.credential_id == "job-1"', {}, true],
    ['claims.team == "images"', { team: 'images' }, true],
    ['claims.team == "images"', { team: 'other' }, false],
    ['claims["team"] == "images"', { team: 'images' }, true],
    ['claims.team == "images"', { team: ['images'] }, false],
    ['claims.run == 5', { run: 5 }, true],
    ['has(claims.team)', {}, false],
    ['has(claims.toString)', {}, false],
    ['claims.ref in ["a", "b"]', { ref: 'b' }, true],
    ['"a" in claims.groups', { groups: ['b', 'a'] }, true],
    ['claims.groups.exists(g, g == "a")', { groups: ['b', 'a'] }, true],
    ['claims.groups.all(g, g.startsWith("a"))', { groups: ['ab', 'b'] }, false],
    ['hasAny(claims.groups, ["a", "c"])', { groups: ['b', 'c'] }, true],
    ['hasAny(claims.groups, ["a"])', { groups: 'a' }, true],
    ['hasAny(claims.groups, ["a"])', { groups: 'ab' }, false],
    ['hasAny(claims.groups, [])', { groups: ['a'] }, false],
    ['hasToken(claims.scope, "push")', { scope: 'pull push' }, true],
    ['hasToken(claims.scope, "push")', { scope: 'pushy pull' }, false],
    ['hasToken(claims.scope, "push")', { scope: ['push'] }, true],
    ['hasToken(claims.scope, "")', { scope: 'pull  push' }, false],
  ])('%s of %j is %s', (source, claims, expected) => {
    expect(evaluate(source, claims)).toBe(expected);
  });

  it.each<[string, Record<string, unknown>]>([
    ['claims.team == "images"', {}],
    ['!(claims.team == "images")', {}],
    ['claims.toString == "x"', {}],
    ['claims.constructor.name == "Object"', {}],
    ['claims.groups.length == 1', { groups: ['a'] }],
    ['hasAny(claims.groups, ["a"])', { groups: 5 }],
    ['hasAny(claims.groups, ["a"])', { groups: null }],
    ['hasToken(claims.scope, "a")', { scope: { a: 1 } }],
    ['claims.a.b.c == 1', { a: {} }],
    ['claims.team.startsWith("a")', { team: 5 }],
    ['1 / claims.zero == 1', { zero: 0n }],
  ])('%s of %j cannot be evaluated', (source, claims) => {
    expect(() => evaluate(source, claims)).toThrow();
  });

  it.each<[string, string, RegExp]>([
    ['no CEL', 'claims.team ==', /is not valid CEL/],
    ['nothing', '', /is not valid CEL/],
    ['an unknown variable', 'clams.team == "a"', /does not type-check/],
    ['an unknown member of the identity', 'identity.sub == "a"', /does not type-check/],
    ['a text', '"a"', /it is string/],
    ['a claim that may be anything', 'claims.team', /it is dyn/],
    ['a number', '1 + 1', /it is int/],
    ['a list in the wrong place', 'hasAny(claims.groups, "a")', /does not type-check/],
    ['a regular expression', 'claims.team.matches("^(a+)+$")', /must not call matches/],
    ['a regular expression as a function', 'matches("a", "b")', /must not call matches/],
    ['a new list', 'claims.l.map(x, x) == ["a"]', /must not call map/],
    ['bindings that double', 'cel.bind(a, "xx" + "xx", a + a == "x")', /must not call bind/],
    ['a nested loop', 'claims.l.all(a, claims.l.exists(b, b == a))', /could take too long/],
    ['a loop over joined lists', `(${'claims.l + '.repeat(9)}claims.l).all(a, a in claims.l)`, /too long/],
    ['searches in a loop', 'claims.l.all(a, a in claims.m || a in claims.n)', /could take too long/],
    ['text searches in a loop', 'claims.l.all(a, a.contains(claims.x) || hasAny(claims.m, [a]))', /too long/],
    [
      'claims that are compared in a loop',
      'claims.l.all(a, claims.k == claims.l || claims.k == claims.m)',
      /too long/,
    ],
    [
      'a text that is measured in a loop',
      `claims.l.all(a, ${'size(claims.s) + '.repeat(40)}1 > 0)`,
      /too long/,
    ],
    [
      'a text that is joined in a loop',
      `claims.l.all(a, size(${'claims.s + '.repeat(20)}"") > 0)`,
      /too long/,
    ],
    [
      'long texts that are compared in a loop',
      `claims.l.all(a, ${or(20, () => 'claims.s < claims.t + a')})`,
      /too long/,
    ],
    [
      'a text that is searched in itself in a loop',
      'claims.l.all(a, a.contains(claims.s) || a.contains(claims.t))',
      /too long/,
    ],
    [
      'letters that are changed in a loop',
      `claims.l.all(a, ${or(4, () => 'claims.s.lowerAscii() == a')})`,
      /too long/,
    ],
    ['failures that are caught in a loop', `claims.l.all(a, ${or(9, (n) => `a.x${n}`)})`, /too long/],
    [
      'a bound loop in a loop over literals',
      `[${numbered(9, (n) => `"${n}"`)}].all(b, claims.l.all(a, a.x || b == a || a.y || a.z))`,
      /too long/,
    ],
    ['more than 4096 bytes', `claims.team == "${'é'.repeat(2048)}"`, /at most 4096 bytes/],
    [
      'too many parts',
      Array.from({ length: 4 }, () => `1 in [${numbered(80, String)}]`).join(' && '),
      /maxAstNodes/,
    ],
    ['too deep nesting', '('.repeat(500) + 'true' + ')'.repeat(500), /maxDepth/],
    // Each below the other limits, so that only its own refuses it.
    ['a list that is too long', `claims.a in [${'1,'.repeat(200)}1]`, /maxListElements/],
    ['a map that is too large', `claims.a in {${numbered(21, (n) => `"${n}": 1`)}}`, /maxMapEntries/],
    ['a call with too many operands', `hasAny(${numbered(9, String)})`, /maxCallArguments/],
  ])('is refused for %s', (_what, source, message) => {
    expect(() => compileCondition(source)).toThrow(
      expect.objectContaining({
        code: 'invalid-condition',
        message: expect.stringMatching(message) as string,
      }) as Error,
    );
  });

  it.each([
    'claims.groups.exists(g, g == claims.team)',
    'claims.groups.exists(g, g == "team/" + claims.project)',
    'claims.groups.exists(g, g in claims.allowed)',
    'claims.groups.exists(g, g.startsWith("release-") && g.endsWith("-signed"))',
    'claims.realm_access.roles.exists(r, r == "publisher" || r == "releaser" || r == "admin")',
    `claims.groups.exists(g, ${or(40, (n) => `g == "team-${n}"`)})`,
    `claims.ref == "refs/heads/main" && (${or(40, (n) => `claims.repository_id == "${n}"`)})`,
    'size(claims.groups) < 100 && claims.groups.all(g, size(g) > 3)',
  ])('%s is accepted', (source) => {
    expect(() => compileCondition(source)).not.toThrow();
  });

  // The cost of loops counts on it: a comparison that failed would cost as much as an error.
  it.each(['==', '!='])('compares anything by %s without failing', (operator) => {
    const values = [null, true, 0, 1.5, 'a', [], ['a'], [1], [null], [[]], {}, { a: 1 }, { a: ['b'] }, [{}]];
    const condition = compileCondition(`claims.a ${operator} claims.b || true`);
    const literal = compileCondition(
      `claims.l.exists(x, x ${operator} "a" || x ${operator} 1 || x in ["a", "b"])`,
    );
    for (const a of values) {
      for (const b of values) {
        expect(condition.evaluate({ claims: { a, b }, identity: IDENTITY })).toBe(true);
      }
    }
    expect(literal.evaluate({ claims: { l: values }, identity: IDENTITY })).toBe(true);
  });

  it.each<[string, unknown]>([
    ['a text of 1025 characters', 'x'.repeat(1025)],
    ['the name of a member of 1025 characters', { ['x'.repeat(1025)]: 1 }],
    ['a list of 257 entries', Array.from({ length: 257 }, () => 1)],
    ['an object of 257 members', Object.fromEntries(Array.from({ length: 257 }, (_, n) => [String(n), n]))],
    ['more than 512 values', Array.from({ length: 200 }, () => [1, 2])],
    ['more than 16,384 characters', Array.from({ length: 17 }, () => 'x'.repeat(1000))],
    ['an entry of 17 values', [Array.from({ length: 16 }, () => 1)]],
    ['five levels', [[[[[1]]]]]],
    ['5000 levels', JSON.parse('['.repeat(5000) + ']'.repeat(5000))],
  ])('is not evaluated for claims with %s', (_what, value) => {
    expect(() => evaluate('true', { value })).toThrow(RangeError);
  });

  it('is not evaluated for a subject that is longer than a claim may be', () => {
    const identity = { ...IDENTITY, subject: 'x'.repeat(1025) };
    expect(() => compileCondition('true').evaluate({ claims: {}, identity })).toThrow(RangeError);
  });
});
