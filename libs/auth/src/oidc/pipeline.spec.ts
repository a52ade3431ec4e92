import { issuerUrl } from './issuer/issuer-url.js';
import { pipelineOf } from './pipeline.js';

const SHA = '0123456789abcdef0123456789abcdef01234567';
const GITHUB = { repository: 'octo-org/octo.repo', sha: SHA, run_id: '42' };
const GITLAB = { project_path: 'group/sub/project', sha: SHA, pipeline_id: '42' };

it.each([
  ['https://token.actions.githubusercontent.com', 'https://github.com'],
  ['https://token.actions.githubusercontent.com/an-enterprise', 'https://github.com'],
  ['https://github.example/_services/token', 'https://github.example'],
  ['https://token.actions.octo.ghe.com', 'https://octo.ghe.com'],
])('knows the pages of the GitHub of %s', (issuer, pages) => {
  expect(pipelineOf({ issuer: issuerUrl(issuer), claims: GITHUB })).toEqual({
    repositoryUrl: `${pages}/octo-org/octo.repo`,
    commit: SHA,
    runUrl: `${pages}/octo-org/octo.repo/actions/runs/42`,
  });
});

it.each(['https://gitlab.com', 'https://git.example/gitlab'])(
  'knows the pages of the GitLab %s',
  (issuer) => {
    expect(pipelineOf({ issuer: issuerUrl(issuer), claims: GITLAB })).toEqual({
      repositoryUrl: `${issuer}/group/sub/project`,
      commit: SHA,
      runUrl: `${issuer}/group/sub/project/-/pipelines/42`,
    });
  },
);

it.each([
  ['no commit', { ...GITLAB, sha: undefined }],
  ['a commit that is none', { ...GITLAB, sha: 'main' }],
  ['a project that leads elsewhere', { ...GITLAB, project_path: '../../other' }],
  ['a project with more than a path', { ...GITLAB, project_path: 'group/project?x=1' }],
  ['a project that is very long', { ...GITLAB, project_path: `group/${'x'.repeat(2000)}` }],
  ['a pipeline that is no number', { ...GITLAB, pipeline_id: '1/../2' }],
  ['claims of another system', { sha: SHA }],
  ['claims of other types', { project_path: ['group/project'], sha: [SHA], pipeline_id: {} }],
])('says nothing of a token with %s', (_what, claims) => {
  expect(pipelineOf({ issuer: issuerUrl('https://gitlab.com'), claims })).toBeUndefined();
});
