import { type Caller, UnauthenticatedError } from '@imgsrv/auth';

export class WhoamiPrincipalResponse {
  id: string;
  kind: 'user' | 'service';
  display_name: string;
}

export class WhoamiResponse {
  principal: WhoamiPrincipalResponse;
  /** @example ["content-writer"] */
  role_ids: string[];
  credential_kind: 'api-token' | 'oidc-token';
  /** When the credential stops to work. */
  expires_at: Date;
}

/** Throws UnauthenticatedError when there is no caller, which the access rule rules out. */
export function toWhoamiResponse(caller: Caller | undefined): WhoamiResponse {
  if (caller === undefined) {
    throw new UnauthenticatedError('missing');
  }
  return {
    principal: {
      id: caller.principalId,
      kind: caller.principalKind,
      display_name: caller.displayName,
    },
    role_ids: [...caller.roleIds],
    credential_kind: caller.credential.kind,
    expires_at: caller.credential.expiresAt,
  };
}
