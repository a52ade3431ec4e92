import type { LifecycleRule } from '@aws-sdk/client-s3';

/** What a rule of the bucket does to what is ours. */
export interface Danger {
  /** Objects go, or cannot be read at once any more. Else only unfinished uploads go. */
  readonly isLoss: boolean;
  readonly what: string;
}

/** What an upload may take by default, `--upload-max-age`, in days. */
const LONGEST_UPLOAD_DAYS = 7;
const OURS = ['blobs/', 'records/'];

/** The rules that are switched on and touch our keys. Those about old versions of objects never do: we read none. */
export function dangersOf(rules: readonly LifecycleRule[]): readonly Danger[] {
  return rules
    .filter((rule) => rule.Status === 'Enabled' && touchesOurs(prefixOf(rule)))
    .flatMap((rule) => [...lossesOf(rule), ...abortsOf(rule)]);
}

/** Rules of before 2016 have their prefix beside the filter. */
interface ScopedRule {
  readonly Filter?: LifecycleRule['Filter'];
  readonly Prefix?: string | undefined;
}

function prefixOf({ Filter, Prefix }: ScopedRule): string {
  return Filter?.Prefix ?? Filter?.And?.Prefix ?? Prefix ?? '';
}

function touchesOurs(prefix: string): boolean {
  return OURS.some((ours) => ours.startsWith(prefix) || prefix.startsWith(ours));
}

function lossesOf(rule: LifecycleRule): Danger[] {
  const { Expiration, Transitions = [] } = rule;
  const expires = Expiration?.Days !== undefined || Expiration?.Date !== undefined;
  return [
    ...(expires ? [{ isLoss: true, what: `The rule ${nameOf(rule)} deletes objects of imgsrv.` }] : []),
    ...(Transitions.length > 0
      ? [{ isLoss: true, what: `The rule ${nameOf(rule)} moves objects of imgsrv to another storage class.` }]
      : []),
  ];
}

function abortsOf(rule: LifecycleRule): Danger[] {
  const days = rule.AbortIncompleteMultipartUpload?.DaysAfterInitiation;
  return days !== undefined && days <= LONGEST_UPLOAD_DAYS
    ? [{ isLoss: false, what: `The rule ${nameOf(rule)} ends uploads that are ${days} days old.` }]
    : [];
}

function nameOf({ ID }: LifecycleRule): string {
  return ID === undefined || ID === '' ? 'without a name' : `"${ID}"`;
}
