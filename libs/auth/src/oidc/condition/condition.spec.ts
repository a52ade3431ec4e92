import { compileCondition } from './condition.js';

const IDENTITY = { provider: 'https://issuer.example', subject: 'pipeline', credential_id: 'job-1' };

function evaluate(source: string, claims: Record<string, unknown> = {}): unknown {
  return compileCondition(source).evaluate({ claims, identity: IDENTITY });
}

function numbered(count: number, item: (number: number) => string): string {
  return Array.from({ length: count }, (_, index) => item(index)).join();
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
    ['a list that is compared in a loop', 'claims.l.all(a, a == claims.l || a == claims.m)', /too long/],
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

  it('of the highest cost takes no longer than a blink on the longest lists', () => {
    const list = Array.from({ length: 256 }, (_, index) => `entry ${index}`);
    const condition = compileCondition('claims.l.all(a, !(a in claims.m))');
    const startedAtMs = performance.now();
    condition.evaluate({ claims: { l: list, m: list.map((entry) => `${entry}x`) }, identity: IDENTITY });
    expect(performance.now() - startedAtMs).toBeLessThan(1000);
  });
});
