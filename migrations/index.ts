import type { MigrationClass } from '@imgsrv/platform';
import { Jobs1763850000001 } from './1763850000001-jobs.js';
import { Content1763850000002 } from './1763850000002-content.js';
import { Catalog1763850000003 } from './1763850000003-catalog.js';
import { Immutability1763850000004 } from './1763850000004-immutability.js';
import { Auth1763850000005 } from './1763850000005-auth.js';
import { Streams1763850000006 } from './1763850000006-streams.js';
import { Oidc1763850000007 } from './1763850000007-oidc.js';
import { ScopedGrants1763850000008 } from './1763850000008-scoped-grants.js';
import { Audit1763850000009 } from './1763850000009-audit.js';
import { Statistics1763850000010 } from './1763850000010-statistics.js';
import { Possessions1763850000011 } from './1763850000011-possessions.js';
import { Holdings1763850000012 } from './1763850000012-holdings.js';
import { JobFairness1763850000014 } from './1763850000014-job-fairness.js';
import { JobEnds1763850000015 } from './1763850000015-job-ends.js';
import { StreamsContent1763850000016 } from './1763850000016-streams-content.js';
import { RuleNames1763850000018 } from './1763850000018-rule-names.js';
import { JwksOrigins1763850000019 } from './1763850000019-jwks-origins.js';
import { Collection1763850000021 } from './1763850000021-collection.js';
import { ContentVerdicts1763850000020 } from './1763850000020-content-verdicts.js';
import { Lifecycle1763850000022 } from './1763850000022-lifecycle.js';
import { Retention1763850000023 } from './1763850000023-retention.js';
import { BlobDamage1763850000024 } from './1763850000024-blob-damage.js';
import { Quotas1763850000025 } from './1763850000025-quotas.js';
import { AuditMonths1763850000026 } from './1763850000026-audit-months.js';
import { Records1763850000027 } from './1763850000027-records.js';
import { ReleaseAliases1763850000028 } from './1763850000028-release-aliases.js';
import { ReleaseMetadata1763850000029 } from './1763850000029-release-metadata.js';
import { WholeUploads1763850000030 } from './1763850000030-whole-uploads.js';
import { MadeMetadata1763850000031 } from './1763850000031-made-metadata.js';
import { Promotions1763850000033 } from './1763850000033-promotions.js';
import { Channels1763850000037 } from './1763850000037-channels.js';
import { VirtualSizes1763850000041 } from './1763850000041-virtual-sizes.js';
import { PublishedFacets1763850000042 } from './1763850000042-published-facets.js';
import { ScaleIndexes1763850000043 } from './1763850000043-scale-indexes.js';
import { PrivateImages1763850000044 } from './1763850000044-private-images.js';
import { StreamsChanges1763850000045 } from './1763850000045-streams-changes.js';
import { Deltas1763850000047 } from './1763850000047-deltas.js';
import { MadeDeltas1763850000048 } from './1763850000048-made-deltas.js';
import { SameBytesAtOnce1763850000049 } from './1763850000049-same-bytes-at-once.js';
import { DraftsIndex1763850000050 } from './1763850000050-drafts-index.js';

/** Every schema change, oldest first. Forward only; N and N+1 of the service run on the result side by side. */
export const MIGRATIONS: readonly MigrationClass[] = [
  Jobs1763850000001,
  Content1763850000002,
  Catalog1763850000003,
  Immutability1763850000004,
  Auth1763850000005,
  Streams1763850000006,
  Oidc1763850000007,
  ScopedGrants1763850000008,
  Audit1763850000009,
  Statistics1763850000010,
  Possessions1763850000011,
  Holdings1763850000012,
  JobFairness1763850000014,
  JobEnds1763850000015,
  StreamsContent1763850000016,
  RuleNames1763850000018,
  JwksOrigins1763850000019,
  Collection1763850000021,
  ContentVerdicts1763850000020,
  Lifecycle1763850000022,
  Retention1763850000023,
  BlobDamage1763850000024,
  Quotas1763850000025,
  AuditMonths1763850000026,
  Records1763850000027,
  ReleaseAliases1763850000028,
  ReleaseMetadata1763850000029,
  WholeUploads1763850000030,
  MadeMetadata1763850000031,
  Promotions1763850000033,
  Channels1763850000037,
  VirtualSizes1763850000041,
  PublishedFacets1763850000042,
  ScaleIndexes1763850000043,
  PrivateImages1763850000044,
  StreamsChanges1763850000045,
  Deltas1763850000047,
  MadeDeltas1763850000048,
  SameBytesAtOnce1763850000049,
  DraftsIndex1763850000050,
];
