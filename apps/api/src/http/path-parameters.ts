import { RULE_ID } from '@imgsrv/auth';
import { DIGEST_PATTERN } from '@imgsrv/cas';
import { ALIAS_NAME, CHANNEL_NAME, IMAGE_NAME, REF_NAME, TOKEN, VERSION_NAME } from '@imgsrv/catalog';
import { UUID_PATTERN } from '@imgsrv/platform';

export interface PathParameter {
  readonly pattern: RegExp;
  /** What it says, for the OpenAPI document. */
  readonly meaning: string;
  readonly example: string;
}

const HEX = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

/** Every path parameter by its name: one that is not here cannot be in a path. */
export const PATH_PARAMETERS = {
  name: { pattern: IMAGE_NAME.pattern, meaning: 'Name of the image', example: 'debian' },
  version: { pattern: VERSION_NAME.pattern, meaning: 'Name of the version', example: '13.1' },
  alias: { pattern: ALIAS_NAME.pattern, meaning: 'Name of the alias', example: 'stable' },
  ref: { pattern: REF_NAME.pattern, meaning: 'A version or an alias', example: 'stable' },
  channel: { pattern: CHANNEL_NAME.pattern, meaning: 'Name of the channel', example: 'stable' },
  role_id: { pattern: TOKEN.pattern, meaning: 'Name of the role', example: 'content-writer' },
  digest: { pattern: DIGEST_PATTERN, meaning: 'Digest of the bytes', example: `sha256:${HEX}` },
  part_number: {
    pattern: /^([1-9]\d{0,3}|10000)$/,
    meaning: 'Number of the part, from 1 to 10000',
    example: '1',
  },
  hex: { pattern: /^[0-9a-f]{64}$/, meaning: 'The SHA-256 of the bytes', example: HEX },
  file_name: {
    pattern: /^[A-Za-z0-9][A-Za-z0-9._+~-]{0,511}$/,
    meaning: 'A name that the list of products has for the file',
    example: 'debian-13.1-amd64.qcow2',
  },
  asset: {
    pattern: /^[a-z]+-[0-9a-f]{16}\.(css|js|svg)$/,
    meaning: 'A file that pages load',
    example: 'page-0123456789abcdef.css',
  },
  upload_id: id('upload'),
  artifact_id: id('artifact'),
  attachment_id: id('attachment'),
  job_id: id('publish job'),
  promotion_id: id('promotion'),
  collection_id: id('collection'),
  principal_id: id('principal'),
  token_id: id('token'),
  link_id: id('read link'),
  rule_id: { pattern: RULE_ID, meaning: 'Id of the rule', example: 'github-main-publisher' },
} as const satisfies Readonly<Record<string, PathParameter>>;

/** Throws an error for a parameter that is not described here: a defect of the route. */
export function pathParameter(name: string): PathParameter {
  const known: Readonly<Record<string, PathParameter>> = PATH_PARAMETERS;
  const found = Object.hasOwn(known, name) ? known[name] : undefined;
  if (found === undefined) {
    throw new Error(`the path parameter ${name} is not described`);
  }
  return found;
}

function id(of: string): PathParameter {
  return {
    pattern: UUID_PATTERN,
    meaning: `Id of the ${of}`,
    example: '0d1e2f3a-4b5c-4d6e-8f70-8192a3b4c5d6',
  };
}
