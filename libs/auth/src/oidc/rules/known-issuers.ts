/** What is known of the tokens of one kind of CI system. */
export interface KnownIssuer {
  /** What people call it. */
  readonly name: string;
  readonly owns: (issuerUrl: string) => boolean;
  /** Claims that keep their meaning for ever: numbers that are never given again. */
  readonly permanentClaims: readonly string[];
  /** Claims that say from which branch, tag or environment a job runs. */
  readonly refClaims: readonly string[];
  /** What its subject contains when it says the same. */
  readonly refInSubject: RegExp;
}

const GITHUB_ISSUER = 'https://token.actions.githubusercontent.com';

/** https://docs.github.com/en/actions/reference/security/oidc */
const GITHUB: KnownIssuer = {
  name: 'GitHub Actions',
  // An enterprise may have an issuer of its own below the common one.
  owns: (issuerUrl) => issuerUrl === GITHUB_ISSUER || issuerUrl.startsWith(`${GITHUB_ISSUER}/`),
  permanentClaims: ['repository_id', 'repository_owner_id', 'enterprise_id'],
  refClaims: ['ref', 'environment', 'job_workflow_ref', 'workflow_ref'],
  refInSubject: /:(ref|environment|job_workflow_ref):/,
};

/** https://docs.gitlab.com/ci/secrets/id_token_authentication/ */
const GITLAB: KnownIssuer = {
  name: 'GitLab CI',
  owns: (issuerUrl) => issuerUrl === 'https://gitlab.com',
  permanentClaims: ['project_id', 'namespace_id', 'user_id'],
  refClaims: ['ref', 'ref_path', 'environment', 'ci_config_ref_uri'],
  refInSubject: /:ref:/,
};

export const KNOWN_ISSUERS: readonly KnownIssuer[] = [GITHUB, GITLAB];

/** Says whether the tokens of the issuer are those of GitHub Actions. */
export function isGitHub(issuerUrl: string): boolean {
  return GITHUB.owns(issuerUrl);
}
