import { Transform } from 'class-transformer';
import { IsInt, IsOptional, IsString, MaxLength, Min } from 'class-validator';
import type { PageRequest } from '@imgsrv/platform';

const LARGEST_PAGE = 1000;

/** The query of every list. */
export class PageQuery {
  /** How many entries at most; more than 1000 is 1000. */
  @IsOptional()
  @Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' ? Math.min(Number(value), LARGEST_PAGE) : value,
  )
  @IsInt()
  @Min(1)
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
