import {
  IMAGE_SORTS,
  type ImageSearch,
  type ImageSort,
  LABEL_PATTERN,
  parseLabel,
  TOKEN,
  VERSION_SORTS,
  type VersionSearch,
  type VersionSort,
  VISIBILITIES,
  type Visibility,
} from '@imgsrv/catalog';
import { IsIn, Matches } from 'class-validator';
import { MayBeAbsent } from '../http/may-be-absent.js';
import { PageQuery } from '../http/page.js';
import { IsReadableText } from '../http/readable-text.js';
import { IsToken } from './field-rules.js';

/** What one version has to have: the label, and one artifact that is all of the rest. */
class ContentQuery extends PageQuery {
  /**
   * A label, as key=value.
   * @example "team=platform"
   */
  @MayBeAbsent()
  @Matches(LABEL_PATTERN, { message: '$property is key=value, such as team=platform' })
  label?: string;

  /**
   * The operating system of an artifact, as it was declared.
   * @example "Debian"
   */
  @MayBeAbsent()
  @IsToken()
  os?: string;

  /**
   * The architecture of an artifact, as it was declared.
   * @example "amd64"
   */
  @MayBeAbsent()
  @IsToken()
  architecture?: string;

  /**
   * The format of an artifact.
   * @example "qcow2"
   */
  @MayBeAbsent()
  @IsToken()
  format?: string;
}

export class ImageListQuery extends ContentQuery {
  /**
   * Words that are in the name, the display name or the description, in any case; of more than eight the first eight.
   * @example "bookworm server"
   */
  @MayBeAbsent()
  @IsReadableText({ max: 200 })
  q?: string;

  /**
   * Images of this visibility only; of those that the caller may see.
   * @example "private"
   */
  @MayBeAbsent()
  @IsIn(VISIBILITIES)
  visibility?: Visibility;

  /** By name, or those first of which something was published last. A cursor goes on in the order it was made for. */
  @MayBeAbsent()
  @IsIn(IMAGE_SORTS)
  sort?: ImageSort;
}

export class SearchedVersionsQuery extends ContentQuery {
  /** Those first that were published last, or by name. A cursor goes on in the order it was made for. */
  @MayBeAbsent()
  @IsIn(VERSION_SORTS)
  sort?: VersionSort;
}

export function toImageSearch(query: ImageListQuery): ImageSearch {
  return {
    ...toContentFilter(query),
    ...(query.q === undefined ? {} : { text: query.q }),
    ...(query.visibility === undefined ? {} : { visibility: query.visibility }),
    ...(query.sort === undefined ? {} : { sort: query.sort }),
  };
}

export function toVersionSearch(query: SearchedVersionsQuery): VersionSearch {
  return { ...toContentFilter(query), ...(query.sort === undefined ? {} : { sort: query.sort }) };
}

function toContentFilter({ label, os, architecture, format }: ContentQuery): VersionSearch {
  return {
    ...(label === undefined ? {} : { label: parseLabel(label) }),
    ...(os === undefined ? {} : { operatingSystem: TOKEN.parse(os) }),
    ...(architecture === undefined ? {} : { architecture: TOKEN.parse(architecture) }),
    ...(format === undefined ? {} : { format: TOKEN.parse(format) }),
  };
}
