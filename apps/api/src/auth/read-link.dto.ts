import type { IssuedReadLink, ReadLink } from '@imgsrv/auth';
import { MayBeAbsent } from '../http/may-be-absent.js';
import { IsLabel, IsTime } from './field-rules.js';
import { IsImagePatterns, toImagePatterns } from './image-patterns.dto.js';

export class IssueReadLinkRequest {
  /**
   * What it is for.
   * @example "site in Bern"
   */
  @MayBeAbsent()
  @IsLabel()
  name?: string;

  /**
   * The only images that it shows, as far as the principal may see them: exact names, or beginnings such as `debian-*`. All that
   * the principal may see when absent.
   * @example ["debian-*"]
   */
  @MayBeAbsent()
  @IsImagePatterns()
  image_patterns?: string[];

  /**
   * When it expires: in the future, and no further ahead than `--max-token-lifetime` (a year).
   * @example "2030-01-31T12:00:00Z"
   */
  @IsTime()
  expires_at: Date;
}

export class ReadLinkResponse {
  id: string;
  principal_id: string;
  name: string;
  /** Absent when it shows all that the principal may see. */
  image_patterns?: string[];
  created_at: Date;
  expires_at: Date;
  revoked_at?: Date;
}

export class ReadLinkListResponse {
  read_links: ReadLinkResponse[];
}

export class IssuedReadLinkResponse extends ReadLinkResponse {
  /**
   * What the addresses begin with, below the URL of the service: the secret is in it. It is shown here only and kept nowhere.
   * @example "/t/imgsrv_rl_0123456789ABCDEF_…"
   */
  path: string;
}

export function toReadLinkResponse(link: ReadLink): ReadLinkResponse {
  return toFields(link);
}

function toFields(link: ReadLink) {
  return {
    id: link.id,
    principal_id: link.principalId,
    name: link.name,
    ...toImagePatterns(link.imageScope),
    created_at: link.createdAt,
    expires_at: link.expiresAt,
    ...(link.revokedAt === undefined ? {} : { revoked_at: link.revokedAt }),
  };
}

/** `pathOf`: where a path of this service is for clients. */
export function toIssuedReadLinkResponse(
  { link, plaintext }: IssuedReadLink,
  pathOf: (path: string) => string,
): IssuedReadLinkResponse {
  return { ...toFields(link), path: pathOf(`/t/${plaintext}`) };
}
