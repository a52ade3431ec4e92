import { InvalidTextError } from '../catalog.errors.js';

export const WEB_URL_MAX_LENGTH = 2048;

/** The value itself: a link for people, so http or https, and nothing secret. Throws InvalidTextError. */
export function parseWebUrl(value: string): string {
  if (!isWebUrl(value)) {
    throw new InvalidTextError(
      `A link is an http or https URL of at most ${WEB_URL_MAX_LENGTH} characters, without a user name or password.`,
    );
  }
  return value;
}

/** Whether it is one as it stands: nothing that a URL parser would pass over, such as blanks or line breaks. */
export function isWebUrl(value: string): boolean {
  if (
    !/^https?:\/\/[\x21-\x7e]+$/i.test(value) ||
    /["<>\\^`{|}]/.test(value) ||
    value.length > WEB_URL_MAX_LENGTH
  ) {
    return false;
  }
  const url = URL.parse(value);
  return url !== null && url.username === '' && url.password === '';
}
