import type { Change } from '@imgsrv/platform';
import type { ApiToken } from './api-token.js';

/** What the record of changes says of a new token: nothing that could be presented. */
export function issuedChange(token: ApiToken): Change {
  return {
    action: 'api_token.issue',
    resource: `auth/api-tokens/${token.id}`,
    after: {
      principal_id: token.principalId,
      name: token.name,
      expires_at: token.expiresAt.toISOString(),
    },
  };
}
