import { Type } from 'class-transformer';
import { IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';
import type { PageRequest } from '@imgsrv/platform';

const LARGEST_PAGE = 1000;

/** The query of every list. */
export class PageQuery {
  /** How many entries at most. */
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(LARGEST_PAGE)
  limit?: number = LARGEST_PAGE;

  /** Where to go on, from the `Link` of the page before. */
  @IsOptional()
  @IsString()
  @MaxLength(1024)
  cursor?: string;
}

/** The page that a query asks for. */
export function toPageRequest({ limit = LARGEST_PAGE, cursor }: PageQuery): PageRequest {
  return { limit, ...(cursor === undefined ? {} : { cursor }) };
}
