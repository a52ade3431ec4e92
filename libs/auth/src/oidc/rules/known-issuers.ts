import type { PinnedClaims } from './pinned-claims.js';

/** What there is to tell a kind of issuer by. */
export interface IssuerTraits {
  readonly issuerUrl: string;
  /** The claims that a rule forwards, or that its condition reads. */
  readonly claims: ReadonlySet<string>;
  readonly pinned: PinnedClaims;
}

/** What is known of the tokens of one kind of CI system. */
export interface KnownIssuer {
  /** What people call it. */
  readonly name: string;
  readonly owns: (traits: IssuerTraits) => boolean;
  /** Claims that keep their meaning for ever: numbers that are never given again. */
  readonly permanentClaims: readonly string[];
  /** Claims that say from which branch, tag or environment a job runs. */
  readonly refClaims: readonly string[];
  /** What its subject contains when it says the same. */
  readonly refInSubject: RegExp;
}

const GITHUB_ISSUER = 'https://token.actions.githubusercontent.com';
/** A GitHub Enterprise Server, and the subdomain of an enterprise whose data stays in its region. */
const OWN_GITHUB = /^https:\/\/(?:[^/]+\/_services\/token|token\.actions\.[a-z0-9-]+\.ghe\.com)$/;

/** https://docs.github.com/en/actions/reference/security/oidc */
const GITHUB: KnownIssuer = {
  name: 'GitHub Actions',
  owns: ({ issuerUrl }) => isGitHub(issuerUrl),
  permanentClaims: ['repository_id', 'repository_owner_id', 'enterprise_id'],
  refClaims: ['ref', 'environment', 'job_workflow_ref', 'workflow_ref'],
  refInSubject: /:(ref|environment|job_workflow_ref):/,
};

/** Claims of GitLab that other issuers do not have; its own installations can be told by nothing else. */
const GITLAB_CLAIMS: readonly string[] = [
  ...['project_path', 'namespace_id', 'namespace_path', 'ref_protected', 'ref_path', 'ci_config_ref_uri'],
  ...['ci_config_sha', 'pipeline_source', 'environment_protected', 'deployment_tier', 'project_visibility'],
];
const GITLAB_SUBJECT = /^project_path:/;

/** https://docs.gitlab.com/ci/secrets/id_token_authentication/ */
const GITLAB: KnownIssuer = {
  name: 'GitLab CI',
  owns: ({ issuerUrl, claims, pinned }) =>
    issuerUrl === 'https://gitlab.com' ||
    GITLAB_CLAIMS.some((claim) => claims.has(claim)) ||
    pinned.get('sub')?.some((subject) => GITLAB_SUBJECT.test(subject)) === true,
  permanentClaims: ['project_id', 'namespace_id', 'user_id'],
  refClaims: ['ref', 'ref_path', 'environment', 'ci_config_ref_uri'],
  refInSubject: /:ref:/,
};

const KNOWN_ISSUERS: readonly KnownIssuer[] = [GITHUB, GITLAB];

/** The kind of issuer that a rule is about, as far as it can be told. */
export function findKnownIssuer(traits: IssuerTraits): KnownIssuer | undefined {
  return KNOWN_ISSUERS.find(({ owns }) => owns(traits));
}

/** Says whether the tokens of the issuer are those of GitHub Actions. An enterprise may have one below the common one. */
export function isGitHub(issuerUrl: string): boolean {
  return (
    issuerUrl === GITHUB_ISSUER || issuerUrl.startsWith(`${GITHUB_ISSUER}/`) || OWN_GITHUB.test(issuerUrl)
  );
}

/** https://accounts.google.com/.well-known/openid-configuration */
const KEYS_ELSEWHERE: ReadonlyMap<string, string> = new Map([
  ['https://accounts.google.com', 'https://www.googleapis.com'],
]);

/** The origin that serves the keys of an issuer, if that is known to be another one. */
export function knownKeysOrigin(issuerUrl: string): string | undefined {
  return KEYS_ELSEWHERE.get(issuerUrl);
}
