import { createHmac, timingSafeEqual } from 'node:crypto';

/** The name of the field that holds it. */
export const FORM_TOKEN = 'form_token';

/**
 * What the forms of a session carry, so that no other site can make one. Each replica computes the same from the token of the
 * session, which it does not give away.
 */
export function formTokenOf(sessionToken: string): string {
  return createHmac('sha256', sessionToken).update('imgsrv form').digest('base64url');
}

export function isFormTokenOf(sessionToken: string, presented: unknown): boolean {
  const expected = Buffer.from(formTokenOf(sessionToken));
  const given = Buffer.from(typeof presented === 'string' ? presented : '');
  return given.length === expected.length && timingSafeEqual(given, expected);
}
