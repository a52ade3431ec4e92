import type { ASTNode } from '@marcbachmann/cel-js';
import { claimRead, expressionsIn } from '../condition/expression.js';
import { findKnownIssuer, knownKeysOrigin, type KnownIssuer } from './known-issuers.js';
import { pinnedClaims, type PinnedClaims } from './pinned-claims.js';
import type { RuleTerms } from './provisioning-rule.js';

export type RuleWarningCode =
  | 'nothing-pinned'
  | 'recyclable-claims-only'
  | 'subject-by-pattern'
  | 'ref-not-pinned'
  | 'claim-not-forwarded'
  | 'keys-elsewhere';

/** Why a rule that may be saved may still be a mistake. */
export interface RuleWarning {
  readonly code: RuleWarningCode;
  readonly detail: string;
}

/** Claims that their holder can change, or that somebody else can get later. */
const RECYCLABLE: readonly string[] = [
  ...['email', 'email_verified', 'name', 'given_name', 'family_name', 'nickname', 'preferred_username'],
  ...[
    'upn',
    'unique_name',
    'username',
    'login',
    'user_login',
    'user_email',
    'phone_number',
    'groups',
    'roles',
  ],
];

const PATTERNS: readonly string[] = ['startsWith', 'endsWith', 'contains', 'lowerAscii'];

/** Tells what is risky about a rule. An empty list is no proof that it is right. */
export function lintRule(rule: RuleTerms, condition: ASTNode): readonly RuleWarning[] {
  const pinned = pinnedClaims(condition);
  const claims = new Set([...rule.forwardedClaims, ...claimsReadIn(condition)]);
  const known = findKnownIssuer({ issuerUrl: rule.issuerUrl, claims, pinned });
  const warnings = [
    ...lintIdentity(pinned, known),
    ...lintSubject(condition),
    ...(known === undefined ? [] : lintRef(pinned, known)),
    ...lintForwarding(rule, condition),
    ...lintKeys(rule),
  ];
  return warnings;
}

function lintIdentity(pinned: PinnedClaims, known: KnownIssuer | undefined): RuleWarning[] {
  if (pinned.size === 0) {
    const detail =
      'The condition compares no claim with an exact value: everybody who gets a token for this audience may match.';
    return [{ code: 'nothing-pinned', detail }];
  }
  const names = [...pinned.keys()];
  if (names.some((name) => isPermanent(name, known))) {
    return [];
  }
  const advice =
    known === undefined
      ? 'pin identity.subject or another identifier that is never given again'
      : `for ${known.name} pin ${known.permanentClaims.join(' or ')} as well`;
  return [
    {
      code: 'recyclable-claims-only',
      detail: `The condition depends on names only (${names.join(', ')}), which can be changed or given to somebody else; ${advice}.`,
    },
  ];
}

/** Of a CI system everything else, the subject too, is made of names. */
function isPermanent(claim: string, known: KnownIssuer | undefined): boolean {
  return known === undefined ? !RECYCLABLE.includes(claim) : known.permanentClaims.includes(claim);
}

function lintSubject(condition: ASTNode): RuleWarning[] {
  const byPattern = [...expressionsIn(condition)].some(
    (node) => node.op === 'rcall' && PATTERNS.includes(node.args[0]) && claimRead(node.args[1]) === 'sub',
  );
  const detail =
    'The subject is compared by a part of it: another name that begins, ends or continues alike matches as well. Compare all of it with ==.';
  return byPattern ? [{ code: 'subject-by-pattern', detail }] : [];
}

function lintRef(pinned: PinnedClaims, known: KnownIssuer): RuleWarning[] {
  const subjects = pinned.get('sub') ?? [];
  const isPinned =
    known.refClaims.some((claim) => pinned.has(claim)) ||
    (subjects.length > 0 && subjects.every((subject) => known.refInSubject.test(subject)));
  const detail = `Jobs of every branch, tag and environment match, also those of unreviewed changes; pin one of ${known.refClaims.join(', ')}.`;
  return isPinned ? [] : [{ code: 'ref-not-pinned', detail }];
}

function lintForwarding(rule: RuleTerms, condition: ASTNode): RuleWarning[] {
  const missing = claimsReadIn(condition).filter((name) => !rule.forwardedClaims.includes(name));
  const detail = `The condition reads ${missing.join(', ')}, but forwarded_claims does not name it: it is always absent.`;
  return missing.length === 0 ? [] : [{ code: 'claim-not-forwarded', detail }];
}

function lintKeys({ issuerUrl, jwksOrigins }: RuleTerms): RuleWarning[] {
  const origin = knownKeysOrigin(issuerUrl);
  const detail = `The keys of this issuer are on another origin: name ${origin ?? ''} in jwks_origins.`;
  return origin === undefined || jwksOrigins.includes(origin) ? [] : [{ code: 'keys-elsewhere', detail }];
}

/** The names of the claims that a condition reads, each once. */
function claimsReadIn(condition: ASTNode): readonly string[] {
  const names = [...expressionsIn(condition)].filter((node) => !isIdentity(node)).map(claimRead);
  return [...new Set(names.filter((name) => name !== undefined))];
}

function isIdentity(node: ASTNode): boolean {
  return (
    (node.op === '.' || node.op === '[]') && node.args[0].op === 'id' && node.args[0].args === 'identity'
  );
}
