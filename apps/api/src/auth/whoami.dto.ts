import { type Caller, UnauthenticatedError } from '@imgsrv/auth';
import { toImagePatterns, toReadPatterns } from './image-patterns.dto.js';

export class WhoamiPrincipalResponse {
  id: string;
  kind: 'user' | 'service';
  display_name: string;
}

export class WhoamiResponse {
  principal: WhoamiPrincipalResponse;
  /** @example ["content-writer"] */
  role_ids: string[];
  /** The images to which content.write is limited; absent when it extends to all. */
  image_patterns?: string[];
  /** The images that content-reader and content-writer let it see when they are private; absent when that is all. */
  read_patterns?: string[];
  credential_kind: 'api-token' | 'oidc-token';
  /** When the credential stops to work. */
  expires_at: Date;
}

/** Throws UnauthenticatedError when there is no caller, which the access rule rules out. */
export function toWhoamiResponse(caller: Caller | undefined): WhoamiResponse {
  if (caller === undefined || caller.credential.kind === 'read-link') {
    throw new UnauthenticatedError('missing');
  }
  return {
    principal: {
      id: caller.principalId,
      kind: caller.principalKind,
      display_name: caller.displayName,
    },
    role_ids: [...caller.roleIds],
    ...toImagePatterns(caller.imageScope),
    ...toReadPatterns(caller),
    credential_kind: caller.credential.kind,
    expires_at: caller.credential.expiresAt,
  };
}
