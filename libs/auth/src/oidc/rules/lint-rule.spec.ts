import { compileCondition } from '../condition/condition.js';
import { issuerUrl } from '../issuer/issuer-url.js';
import { lintRule } from './lint-rule.js';

const GITHUB = 'https://token.actions.githubusercontent.com';
const GITLAB = 'https://gitlab.com';
const OWN_GITLAB = 'https://git.example';
const OWN_GITHUB = 'https://github.example/_services/token';
const REGION_GITHUB = 'https://token.actions.octo-corp.ghe.com';
const OTHER = 'https://issuer.example';

const FORWARDED = [
  ...['repository', 'repository_id', 'ref', 'environment', 'project_id', 'project_path', 'namespace_id'],
  ...['ref_protected', 'email', 'groups', 'scope', 'sub'],
];

/** The warnings for a rule that forwards those of FORWARDED that its condition reads. */
function codes(issuer: string, condition: string): string[] {
  const rule = {
    issuerUrl: issuerUrl(issuer),
    audience: 'imgsrv',
    forwardedClaims: FORWARDED.filter((name) => new RegExp(`claims[.[]"?${name}\\b`).test(condition)),
    condition,
    jwksOrigins: [],
  };
  return lintRule(rule, compileCondition(condition).ast).map(({ code }) => code);
}

describe('the linter', () => {
  it.each([
    [OTHER, 'identity.subject == "pipeline"'],
    [OTHER, '"pipeline" == identity.subject'],
    [OTHER, 'claims.sub in ["a", "b"]'],
    [OTHER, 'identity.subject == "a" || identity.subject == "b"'],
    [OTHER, 'identity.subject == "a" && claims.email == "a@example"'],
    [OTHER, 'hasToken(claims.scope, "push")'],
    [OTHER, 'identity.subject == "a" && claims.email.endsWith("@example")'],
    [OTHER, 'identity.subject == "a" && identity.provider == "https://issuer.example"'],
    [OTHER, 'claims.project_id == "1"'],
    [OTHER, 'claims.repository == "o/r"'],
    [GITHUB, 'claims.repository_id == "1" && claims.ref == "refs/heads/main"'],
    [GITHUB, 'claims.repository_id == "1" && identity.subject == "repo:o/r:environment:release"'],
    [`${GITHUB}/enterprise`, 'claims.repository_id == "1" && claims.environment == "release"'],
    [OWN_GITHUB, 'claims.repository_id == "1" && claims.ref == "refs/heads/main"'],
    [GITLAB, 'claims.project_id == "1" && claims.ref == "main"'],
    [OWN_GITLAB, 'claims.project_id == "1" && claims.ref == "main" && claims.ref_protected == "true"'],
    [GITLAB, 'claims.project_id == "1" && claims["ref"] in ["main", "stable"]'],
  ])('has nothing to say at %s of %s', (issuer, condition) => {
    expect(codes(issuer, condition)).toEqual([]);
  });

  it.each<[string, string, string[]]>([
    [OTHER, 'true', ['nothing-pinned']],
    [OTHER, 'has(claims.email)', ['nothing-pinned']],
    [OTHER, '!(identity.subject == "a")', ['nothing-pinned']],
    [OTHER, 'identity.subject == "a" || true', ['nothing-pinned']],
    [OTHER, 'identity.subject != "a"', ['nothing-pinned']],
    [OTHER, 'identity.subject == "a" || claims.email == "b"', ['nothing-pinned']],
    [OTHER, 'claims.groups.exists(g, g == "a")', ['nothing-pinned']],
    [OTHER, 'claims.groups.all(g, identity.subject == "a")', ['nothing-pinned']],
    [OTHER, 'claims.email == identity.subject', ['nothing-pinned']],
    [OTHER, 'claims.email == "a@example"', ['recyclable-claims-only']],
    [OTHER, 'hasAny(claims.groups, ["release"])', ['recyclable-claims-only']],
    [OTHER, 'identity.subject.startsWith("a")', ['nothing-pinned', 'subject-by-pattern']],
    [OTHER, 'claims.sub.contains("a")', ['nothing-pinned', 'subject-by-pattern']],
    [OTHER, 'identity.subject == "a" && claims.other == "b"', ['claim-not-forwarded']],
    [OTHER, 'identity.subject == "a" && !has(claims.other)', ['claim-not-forwarded']],
    [GITHUB, 'claims.repository == "o/r"', ['recyclable-claims-only', 'ref-not-pinned']],
    [GITHUB, 'claims.repository_id == "1"', ['ref-not-pinned']],
    [GITHUB, 'identity.subject == "repo:o/r:ref:refs/heads/main"', ['recyclable-claims-only']],
    [
      GITHUB,
      'identity.subject in ["repo:o/r:ref:refs/heads/main", "repo:o/r:pull_request"]',
      ['recyclable-claims-only', 'ref-not-pinned'],
    ],
    [`${GITHUB}/enterprise`, 'claims.repository_id == "1"', ['ref-not-pinned']],
    [OWN_GITHUB, 'claims.repository == "o/r"', ['recyclable-claims-only', 'ref-not-pinned']],
    [REGION_GITHUB, 'claims.repository_id == "1"', ['ref-not-pinned']],
    [`${OWN_GITHUB}/x`, 'claims.email == "a@example"', ['recyclable-claims-only']],
    [GITHUB, 'identity.subject == "repo:o/r:pull_request"', ['recyclable-claims-only', 'ref-not-pinned']],
    [
      GITHUB,
      'claims.repository_id == "1" && (claims.ref == "a" || claims.repository == "b")',
      ['ref-not-pinned'],
    ],
    [GITLAB, 'claims.project_path == "g/p" && claims.ref == "main"', ['recyclable-claims-only']],
    [GITLAB, 'claims.project_id == "1"', ['ref-not-pinned']],
    [OWN_GITLAB, 'claims.project_path == "g/p"', ['recyclable-claims-only', 'ref-not-pinned']],
    [OWN_GITLAB, 'claims.namespace_id == "1"', ['ref-not-pinned']],
    [OWN_GITLAB, 'claims.project_id == "1" && claims.ref_protected == "true"', ['ref-not-pinned']],
    [
      OWN_GITLAB,
      'identity.subject == "project_path:g/p:ref_type:branch:ref:main"',
      ['recyclable-claims-only'],
    ],
  ])('warns at %s of %s', (issuer, condition, expected) => {
    expect(codes(issuer, condition)).toEqual(expected);
  });
});

it('says which origin to name for an issuer whose keys are elsewhere', () => {
  const rule = {
    issuerUrl: issuerUrl('https://accounts.google.com'),
    audience: 'imgsrv',
    forwardedClaims: [],
    condition: 'identity.subject == "1234"',
    jwksOrigins: [],
  };
  const { ast } = compileCondition(rule.condition);
  expect(lintRule(rule, ast)).toEqual([
    { code: 'keys-elsewhere', detail: expect.stringContaining('https://www.googleapis.com') as string },
  ]);
  expect(lintRule({ ...rule, jwksOrigins: ['https://www.googleapis.com'] }, ast)).toEqual([]);
});
