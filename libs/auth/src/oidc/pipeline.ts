import { isGitHub } from './rules/known-issuers.js';
import type { VerifiedToken } from './token/verify-token.js';

/** Where a job of a CI system comes from, as its issuer vouches for it. */
export interface Pipeline {
  readonly repositoryUrl: string;
  readonly commit: string;
  readonly runUrl: string;
}

const GITHUB_REPOSITORY = /^[A-Za-z0-9._-]{1,100}\/[A-Za-z0-9._-]{1,100}$/;
const GITLAB_PROJECT = /^[A-Za-z0-9_][A-Za-z0-9._-]*(?:\/[A-Za-z0-9_][A-Za-z0-9._-]*){1,20}$/;
const LONGEST_PROJECT = 1024;
const COMMIT = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/;
const NUMBER = /^[0-9]{1,20}$/;

/** The pipeline that a token of GitHub Actions or GitLab CI was made for; undefined for all others. */
export function pipelineOf({
  issuer,
  claims,
}: Pick<VerifiedToken, 'issuer' | 'claims'>): Pipeline | undefined {
  const say = (name: string): string => {
    const value = claims[name];
    return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
  };
  const commit = say('sha');
  if (!COMMIT.test(commit)) {
    return undefined;
  }
  if (isGitHub(issuer)) {
    const [repository, run] = [say('repository'), say('run_id')];
    const repositoryUrl = `${gitHubOf(issuer)}/${repository}`;
    return GITHUB_REPOSITORY.test(repository) && NUMBER.test(run)
      ? { repositoryUrl, commit, runUrl: `${repositoryUrl}/actions/runs/${run}` }
      : undefined;
  }
  const [project, run] = [say('project_path'), say('pipeline_id')];
  const repositoryUrl = `${issuer.replace(/\/$/, '')}/${project}`;
  return project.length <= LONGEST_PROJECT && GITLAB_PROJECT.test(project) && NUMBER.test(run)
    ? { repositoryUrl, commit, runUrl: `${repositoryUrl}/-/pipelines/${run}` }
    : undefined;
}

/** The web pages of the GitHub that an issuer belongs to. */
function gitHubOf(issuer: string): string {
  const url = new URL(issuer);
  if (url.hostname === 'token.actions.githubusercontent.com') {
    return 'https://github.com';
  }
  return url.origin.replace('https://token.actions.', 'https://');
}
