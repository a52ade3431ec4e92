import { IsString, Matches, MaxLength } from 'class-validator';
import { MayBeAbsent } from '../../http/may-be-absent.js';

/** A path of this service; `//host` and `/\host` would be others. */
const OWN_PATH = /^\/(?![/\\])[\x21-\x7e]*$/;

export class SignInForm {
  @MayBeAbsent()
  @MaxLength(4096)
  token?: string;

  /** Where to go afterwards. */
  @MayBeAbsent()
  @MaxLength(1024)
  @Matches(OWN_PATH, { message: '$property must be a path of this service' })
  next?: string;
}

export class SignInQuery {
  @MayBeAbsent()
  @MaxLength(1024)
  @Matches(OWN_PATH, { message: '$property must be a path of this service' })
  next?: string;
}

/** What is said in short after a form; anything else is not said. */
export class DoneQuery {
  @MayBeAbsent()
  @MaxLength(40)
  done?: string;
}

/** Of a page with a list that has further pages. */
export class ListQuery extends DoneQuery {
  @MayBeAbsent()
  @IsString()
  @MaxLength(1024)
  cursor?: string;
}
