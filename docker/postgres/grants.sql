-- What the api and the worker may do in the database, and nothing else. Run by the owner of the tables with the
-- migrations (api --migrate-only --grants-file grants.sql); safe to repeat. Roles: roles.sql.
--
-- Neither role may create, alter or truncate anything. A row lock (FOR SHARE) needs UPDATE of one column at least: of
-- blobs it is verified_at, and a trigger refuses the change itself.
REVOKE ALL ON SCHEMA public FROM PUBLIC;
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC, imgsrv_api, imgsrv_worker;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM PUBLIC, imgsrv_api, imgsrv_worker;
GRANT USAGE ON SCHEMA public TO imgsrv_api, imgsrv_worker;

-- Both look whether something is left to migrate.
GRANT SELECT ON schema_migrations TO imgsrv_api, imgsrv_worker;

-- The queue. The api adds jobs, retries and cancels them; only the worker runs them and removes old ones. The lease of a
-- canceled job is taken by a trigger: the api can give none and take none in another way.
GRANT SELECT, INSERT ON jobs, job_steps TO imgsrv_api;
GRANT UPDATE (state, attempt, run_after, finished_at, updated_at, traceparent) ON jobs TO imgsrv_api;
GRANT UPDATE (state, failure_message, finished_at, updated_at) ON job_steps TO imgsrv_api;
GRANT SELECT, INSERT, UPDATE, DELETE ON jobs TO imgsrv_worker;
GRANT SELECT, INSERT, UPDATE ON job_steps TO imgsrv_worker;

-- Uploads. Only the worker makes bytes readable at will, by a row in blobs, and takes those out of use that are damaged.
GRANT SELECT, INSERT, UPDATE ON upload_sessions TO imgsrv_api;
GRANT SELECT, INSERT, UPDATE, DELETE ON upload_parts TO imgsrv_api;
GRANT SELECT, INSERT, UPDATE ON upload_sessions TO imgsrv_worker;
GRANT SELECT ON upload_parts TO imgsrv_worker;
GRANT SELECT, UPDATE (verified_at) ON blobs TO imgsrv_api;
GRANT SELECT, INSERT, UPDATE (verified_at, state, damage, damaged_at, checked_at, tried_at, storage_key, virtual_size_bytes),
  DELETE ON blobs TO imgsrv_worker;
GRANT SELECT, UPDATE ON scrub_pace TO imgsrv_worker;
GRANT SELECT ON blob_possessions TO imgsrv_api;
-- What came in one request the api has hashed itself: a function takes it, for an upload that announced just that, and puts
-- nothing in the place of sound bytes.
GRANT EXECUTE ON FUNCTION admit_whole_upload(uuid, text, text, bigint, text) TO imgsrv_api, imgsrv_worker;
GRANT SELECT, INSERT ON blob_possessions TO imgsrv_worker;

-- Quotas. Triggers keep the ledger; the worker locks rows of it before it removes what several principals brought, which needs
-- the right to change a column.
GRANT SELECT, INSERT, UPDATE, DELETE ON quotas TO imgsrv_api;
-- Deltas that it makes count for their publisher.
GRANT SELECT ON quotas TO imgsrv_worker;
GRANT SELECT ON quota_ledger TO imgsrv_api;
GRANT SELECT, UPDATE (principal_id) ON quota_ledger TO imgsrv_worker;
GRANT SELECT ON counted_quota_ledger TO imgsrv_worker;

-- Collection. Only the worker removes blobs, and a trigger lets it remove no other than candidates whose grace is over. The api
-- may end a grace: the worker still looks at the references itself.
GRANT SELECT, INSERT, UPDATE (review_after), DELETE ON collection_candidates TO imgsrv_api;
GRANT SELECT, INSERT, DELETE ON collection_candidates TO imgsrv_worker;
GRANT SELECT ON collection_runs, stray_objects TO imgsrv_api;
GRANT SELECT, INSERT, UPDATE ON collection_runs TO imgsrv_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON stray_objects TO imgsrv_worker;
GRANT SELECT, UPDATE ON store_sweep TO imgsrv_worker;

-- Records in the store. Triggers mark what has to be recorded, whoever changes it.
GRANT SELECT, UPDATE (stored_revision, storage_key) ON stored_records TO imgsrv_worker;

-- The catalogue. The worker turns publishing versions into published ones and, by
-- retention, those into withdrawn ones, for which it locks images; published content is guarded by triggers.
GRANT SELECT ON published_images, artifact_facets, label_facets TO imgsrv_api;
GRANT SELECT, INSERT, DELETE ON promotions TO imgsrv_api;
GRANT SELECT, INSERT, UPDATE, DELETE ON channels TO imgsrv_api;
GRANT SELECT, INSERT, UPDATE, DELETE ON images, versions, artifacts, attachments, aliases, retention_policies TO imgsrv_api;
GRANT SELECT, INSERT ON publish_jobs TO imgsrv_api;
GRANT SELECT ON images, artifacts, attachments, aliases, retention_policies TO imgsrv_worker;
GRANT UPDATE (updated_at) ON images TO imgsrv_worker;
GRANT UPDATE (bound_blob_digest) ON artifacts, attachments TO imgsrv_worker;
-- Metadata and deltas that a publish makes; a trigger lets it add nothing else.
GRANT INSERT (artifact_id, name, media_type, blob_digest, blob_size_bytes, bound_blob_digest, is_generated, base_version)
  ON attachments TO imgsrv_worker;
GRANT SELECT,
  UPDATE (state, published_at, updated_at, withdrawn_at, withdrawal_reason, withdrawn_by, restorable_until, released_at)
  ON versions TO imgsrv_worker;
GRANT SELECT ON publish_jobs TO imgsrv_worker;
GRANT SELECT, INSERT ON content_verdicts TO imgsrv_worker;
GRANT SELECT ON delta_checks TO imgsrv_api;
GRANT SELECT, INSERT, UPDATE ON delta_checks TO imgsrv_worker;

-- Simple Streams. Triggers note what changes, whoever changes it.
GRANT SELECT ON stream_roots, stream_reports, streams_revision, stream_image_changes TO imgsrv_api;
GRANT EXECUTE ON FUNCTION note_streams_change(uuid) TO imgsrv_api, imgsrv_worker;
-- For workers of releases that did not have the function.
GRANT UPDATE (revision, advanced_at) ON streams_revision TO imgsrv_worker;
GRANT SELECT, INSERT, DELETE ON stream_roots, stream_reports TO imgsrv_worker;
GRANT SELECT, INSERT ON combined_digests TO imgsrv_worker;
GRANT SELECT ON streams_revision TO imgsrv_worker;

-- Who may do what: nothing of it is the worker's business. The log of it can only be added to.
GRANT SELECT, INSERT, UPDATE ON principals, api_tokens, oidc_identities, read_links TO imgsrv_api;
GRANT SELECT, INSERT, UPDATE, DELETE ON role_assignments, oidc_provisioning_rules TO imgsrv_api;
-- When an event happened and its number are the database's to say. The worker may let go of months, by a function that knows
-- which may go.
GRANT SELECT, INSERT (request_id, source, principal_id, credential_kind, credential_id, action, resource, outcome, reason,
  before, after, facts) ON audit_events TO imgsrv_api;
GRANT EXECUTE ON FUNCTION keep_audit_months(bigint, timestamptz) TO imgsrv_worker;

-- Counts for the metrics.
GRANT SELECT ON statistics TO imgsrv_api;
GRANT SELECT, UPDATE ON statistics TO imgsrv_worker;
