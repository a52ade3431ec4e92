/** What a principal may hold. Absent members do not limit. */
export interface Quota {
  /** Of uploads that are not over, as announced, and of blobs that it has brought. */
  readonly storedBytes?: number;
  readonly openUploads?: number;
}

/** What a principal holds. */
export type Holdings = Required<Quota>;

/** What goes for a principal, and how much of it is used. */
export interface EffectiveQuota {
  readonly quota: Quota;
  /** Whether the principal has one of its own; what that does not say goes by the default even so. */
  readonly source: 'principal' | 'default';
  readonly used: Holdings;
}

/** A ledger that does not say what is there. */
export interface LedgerDifference {
  readonly principalId: string;
  readonly ledgerBytes: number;
  readonly countedBytes: number;
}
