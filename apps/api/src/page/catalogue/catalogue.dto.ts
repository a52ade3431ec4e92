import { IsString, MaxLength } from 'class-validator';
import { MayBeAbsent } from '../../http/may-be-absent.js';

export class CatalogueQuery {
  /** Words that are looked for. */
  @MayBeAbsent()
  @IsString()
  @MaxLength(200)
  q?: string;

  @MayBeAbsent()
  @IsString()
  @MaxLength(1024)
  cursor?: string;
}
