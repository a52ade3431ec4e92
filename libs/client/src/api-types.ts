// Made of docs/openapi/v1.yaml by libs/client/generate-api-types.mjs. Do not edit.
export interface paths {
  readonly '/c/{channel}/streams/v1/files/{hex}/{file_name}': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get: operations['channelStreamsGetFile'];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/c/{channel}/streams/v1/images.json': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get: operations['channelStreamsGetImages'];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/c/{channel}/streams/v1/index.json': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get: operations['channelStreamsGetIndex'];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/healthz': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get: operations['operationsHealthz'];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/readyz': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get: operations['operationsReadyz'];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/streams/v1/files/{hex}/{file_name}': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get: operations['streamsGetFile'];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/streams/v1/images.json': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get: operations['streamsGetImages'];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/streams/v1/index.json': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get: operations['streamsGetIndex'];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/v1/audit-events': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get: operations['auditEventsList'];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/v1/auth/api-tokens/{token_id}': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get?: never;
    readonly put?: never;
    readonly post?: never;
    readonly delete: operations['apiTokensRevoke'];
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/v1/auth/oidc-provisioning-rules': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get: operations['provisioningRulesList'];
    readonly put?: never;
    readonly post: operations['provisioningRulesCreate'];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/v1/auth/oidc-provisioning-rules/{rule_id}': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get: operations['provisioningRulesGet'];
    readonly put: operations['provisioningRulesReplace'];
    readonly post?: never;
    readonly delete: operations['provisioningRulesDelete'];
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/v1/auth/oidc-provisioning-rules/{rule_id}/reconciliation': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get: operations['ruleReconciliationPreview'];
    readonly put?: never;
    readonly post: operations['ruleReconciliationApply'];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/v1/auth/oidc-provisioning-rules/evaluate': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get?: never;
    readonly put?: never;
    readonly post: operations['provisioningRulesEvaluate'];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/v1/auth/principals': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get: operations['principalsList'];
    readonly put?: never;
    readonly post: operations['principalsCreate'];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/v1/auth/principals/{principal_id}': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get: operations['principalsGet'];
    readonly put?: never;
    readonly post?: never;
    readonly delete: operations['principalsDelete'];
    readonly options?: never;
    readonly head?: never;
    readonly patch: operations['principalsUpdate'];
    readonly trace?: never;
  };
  readonly '/v1/auth/principals/{principal_id}/api-tokens': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get: operations['apiTokensList'];
    readonly put?: never;
    readonly post: operations['apiTokensIssue'];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/v1/auth/principals/{principal_id}/quota': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get: operations['quotaGet'];
    readonly put: operations['quotaPut'];
    readonly post?: never;
    readonly delete: operations['quotaDelete'];
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/v1/auth/principals/{principal_id}/read-links': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get: operations['readLinksList'];
    readonly put?: never;
    readonly post: operations['readLinksIssue'];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/v1/auth/principals/{principal_id}/roles/{role_id}': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get?: never;
    readonly put: operations['principalsAssignRole'];
    readonly post?: never;
    readonly delete: operations['principalsRemoveRole'];
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/v1/auth/read-links/{link_id}': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get?: never;
    readonly put?: never;
    readonly post?: never;
    readonly delete: operations['readLinksRevoke'];
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/v1/auth/roles': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get: operations['rolesList'];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/v1/auth/whoami': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get: operations['whoamiWhoami'];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/v1/blobs': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get: operations['storageListBlobs'];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/v1/blobs/{digest}': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get: operations['blobsGet'];
    readonly put: operations['wholeUploadsPut'];
    readonly post?: never;
    readonly delete: operations['storageDeleteBlob'];
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/v1/channels': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get: operations['channelsList'];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/v1/channels/{channel}': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get: operations['channelsGet'];
    readonly put: operations['channelsPut'];
    readonly post?: never;
    readonly delete: operations['channelsDelete'];
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/v1/images': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get: operations['imagesList'];
    readonly put?: never;
    readonly post: operations['imagesCreate'];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/v1/images/{name}': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get: operations['imagesGet'];
    readonly put?: never;
    readonly post?: never;
    readonly delete: operations['imagesDelete'];
    readonly options?: never;
    readonly head?: never;
    readonly patch: operations['imagesChange'];
    readonly trace?: never;
  };
  readonly '/v1/images/{name}/aliases': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get: operations['aliasesList'];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/v1/images/{name}/aliases/{alias}': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get: operations['aliasesGet'];
    readonly put: operations['aliasesPut'];
    readonly post?: never;
    readonly delete: operations['aliasesDelete'];
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/v1/images/{name}/promotions': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get: operations['promotionsList'];
    readonly put?: never;
    readonly post: operations['promotionsPromote'];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/v1/images/{name}/promotions/{promotion_id}': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get: operations['promotionsGet'];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/v1/images/{name}/promotions/{promotion_id}/revert': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get?: never;
    readonly put?: never;
    readonly post: operations['promotionsRevert'];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/v1/images/{name}/refs/{ref}': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get: operations['refsGet'];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/v1/images/{name}/retention': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get: operations['retentionGet'];
    readonly put: operations['retentionPut'];
    readonly post?: never;
    readonly delete: operations['retentionDelete'];
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/v1/images/{name}/retention/preview': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get: operations['retentionPreview'];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/v1/images/{name}/versions': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get: operations['versionsList'];
    readonly put?: never;
    readonly post: operations['versionsCreate'];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/v1/images/{name}/versions/{version}': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get: operations['versionsGet'];
    readonly put?: never;
    readonly post?: never;
    readonly delete: operations['versionsDelete'];
    readonly options?: never;
    readonly head?: never;
    readonly patch: operations['versionsChange'];
    readonly trace?: never;
  };
  readonly '/v1/images/{name}/versions/{version}/artifacts': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get: operations['artifactsList'];
    readonly put?: never;
    readonly post: operations['artifactsCreate'];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/v1/images/{name}/versions/{version}/artifacts/{artifact_id}': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get: operations['artifactsGet'];
    readonly put?: never;
    readonly post?: never;
    readonly delete: operations['artifactsDelete'];
    readonly options?: never;
    readonly head?: never;
    readonly patch: operations['artifactsChange'];
    readonly trace?: never;
  };
  readonly '/v1/images/{name}/versions/{version}/artifacts/{artifact_id}/attachments': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get?: never;
    readonly put?: never;
    readonly post: operations['attachmentsCreate'];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/v1/images/{name}/versions/{version}/artifacts/{artifact_id}/attachments/{attachment_id}': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get?: never;
    readonly put?: never;
    readonly post?: never;
    readonly delete: operations['attachmentsDelete'];
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/v1/images/{name}/versions/{version}/artifacts/{artifact_id}/attachments/{attachment_id}/download': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get: operations['attachmentsGetBytes'];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/v1/images/{name}/versions/{version}/artifacts/{artifact_id}/download': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get: operations['artifactsGetBytes'];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/v1/images/{name}/versions/{version}/deprecation': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get?: never;
    readonly put?: never;
    readonly post: operations['versionLifecycleDeprecate'];
    readonly delete: operations['versionLifecycleTakeBackDeprecation'];
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/v1/images/{name}/versions/{version}/publish': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get?: never;
    readonly put?: never;
    readonly post: operations['versionPublishingPublish'];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/v1/images/{name}/versions/{version}/publish-job': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get: operations['versionPublishingGetJob'];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/v1/images/{name}/versions/{version}/release': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get?: never;
    readonly put?: never;
    readonly post: operations['versionPublishingRelease'];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/v1/images/{name}/versions/{version}/withdrawal': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get?: never;
    readonly put?: never;
    readonly post: operations['versionLifecycleWithdraw'];
    readonly delete: operations['versionLifecycleRestore'];
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/v1/publish-jobs/{job_id}': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get: operations['publishJobsGet'];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/v1/publish-jobs/{job_id}/cancel': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get?: never;
    readonly put?: never;
    readonly post: operations['publishJobsCancel'];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/v1/publish-jobs/{job_id}/retry': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get?: never;
    readonly put?: never;
    readonly post: operations['publishJobsRetry'];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/v1/storage': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get: operations['storageUsage'];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/v1/storage/collections': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get?: never;
    readonly put?: never;
    readonly post: operations['storageStart'];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/v1/storage/collections/{collection_id}': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get: operations['storageGet'];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/v1/uploads': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get?: never;
    readonly put?: never;
    readonly post: operations['uploadsBegin'];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/v1/uploads/{upload_id}': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get: operations['uploadsGet'];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/v1/uploads/{upload_id}/abort': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get?: never;
    readonly put?: never;
    readonly post: operations['uploadsAbort'];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/v1/uploads/{upload_id}/complete': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get?: never;
    readonly put?: never;
    readonly post: operations['uploadsComplete'];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/v1/uploads/{upload_id}/parts': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get: operations['uploadsParts'];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/v1/uploads/{upload_id}/parts/{part_number}': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get?: never;
    readonly put: operations['uploadsPutPart'];
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
}
export type webhooks = Record<string, never>;
export interface components {
  schemas: {
    readonly AliasListResponse: {
      readonly aliases: readonly components['schemas']['AliasResponse'][];
    };
    readonly AliasResponse: {
      readonly alias: string;
      readonly created_at: string;
      readonly id: string;
      readonly image_id: string;
      readonly updated_at: string;
      readonly version: string;
      readonly version_id: string;
    };
    readonly ApiTokenListResponse: {
      readonly api_tokens: readonly components['schemas']['ApiTokenResponse'][];
    };
    readonly ApiTokenResponse: {
      readonly expires_at: string;
      readonly id: string;
      readonly last_used_at?: string;
      readonly name: string;
      readonly principal_id: string;
      readonly revoked_at?: string;
    };
    readonly ArtifactListResponse: {
      readonly artifacts: readonly components['schemas']['ArtifactResponse'][];
    };
    readonly ArtifactResponse: {
      readonly architecture: string;
      readonly cloud_init?: boolean;
      readonly created_at: string;
      readonly default_user?: string;
      readonly delta_from?: string;
      readonly detected?: components['schemas']['DetectedResponse'];
      readonly firmware?: 'bios' | 'uefi';
      readonly format: 'incus.tar.gz' | 'qcow2' | 'raw' | 'raw.gz' | 'rootfs.tar.xz' | 'squashfs';
      readonly id: string;
      readonly incus?: components['schemas']['IncusDescriptionResponse'];
      readonly min_disk_bytes?: number;
      readonly min_memory_bytes?: number;
      readonly operating_system: string;
      readonly primary_blob_digest: string;
      readonly primary_blob_size_bytes: number;
      readonly primary_media_type: string;
      readonly secure_boot?: boolean;
      readonly updated_at: string;
      readonly variant: string;
      readonly version_id: string;
    };
    readonly AssignRoleRequest: {
      readonly image_patterns?: readonly string[] | null;
    };
    readonly AttachmentResponse: {
      readonly artifact_id: string;
      readonly base_version?: string;
      readonly blob_digest: string;
      readonly blob_size_bytes: number;
      readonly created_at: string;
      readonly generated?: boolean;
      readonly id: string;
      readonly media_type: string;
      readonly name: string;
      readonly updated_at: string;
    };
    readonly AuditEventListResponse: {
      readonly audit_events: readonly components['schemas']['AuditEventResponse'][];
    };
    readonly AuditEventResponse: {
      readonly action: string;
      readonly after?: {
        readonly [key: string]: unknown;
      };
      readonly before?: {
        readonly [key: string]: unknown;
      };
      readonly credential_id?: string;
      readonly credential_kind?: string;
      readonly facts?: {
        readonly [key: string]: unknown;
      };
      readonly id: string;
      readonly occurred_at: string;
      readonly outcome: 'denied' | 'success';
      readonly principal_id?: string;
      readonly reason?: string;
      readonly request_id?: string;
      readonly resource: string;
      readonly source?: string;
    };
    readonly BeginUploadRequest: {
      readonly expected_digest: string;
      readonly expected_size_bytes: number;
      readonly filename_hint?: string | null;
      readonly media_type_hint?: string | null;
    };
    readonly BlobListResponse: {
      readonly blobs: readonly components['schemas']['BlobResponse'][];
    };
    readonly BlobResponse: {
      readonly checked_at: string;
      readonly damage?: 'lost' | 'mismatch';
      readonly damaged_at?: string;
      readonly digest: string;
      readonly size_bytes: number;
      readonly state: 'available' | 'damaged';
      readonly verified_at: string;
    };
    readonly BlobStatesResponse: {
      readonly available: components['schemas']['StoredAmountResponse'];
      readonly candidate: components['schemas']['StoredAmountResponse'];
      readonly deleting: components['schemas']['StoredAmountResponse'];
    };
    readonly ChangeArtifactRequest: {
      readonly cloud_init?: boolean | null;
      readonly default_user?: string | null;
      readonly delta_from?: string | null;
      readonly firmware?: 'bios' | 'uefi' | null;
      readonly incus?: components['schemas']['IncusDescriptionRequest'] | null;
      readonly min_disk_bytes?: number | null;
      readonly min_memory_bytes?: number | null;
      readonly secure_boot?: boolean | null;
    };
    readonly ChangeImageRequest: {
      readonly description?: string | null;
      readonly display_name?: string | null;
      readonly visibility?: 'internal' | 'private' | 'public';
    };
    readonly ChangeVersionRequest: {
      readonly end_of_life?: string | null;
      readonly labels?: {
        readonly [key: string]: string;
      } | null;
      readonly notes?: string | null;
      readonly source?: components['schemas']['VersionSourceRequest'] | null;
    };
    readonly ChannelListResponse: {
      readonly channels: readonly components['schemas']['ChannelResponse'][];
    };
    readonly ChannelResponse: {
      readonly alias: string;
      readonly created_at: string;
      readonly image_patterns: readonly string[];
      readonly name: string;
      readonly updated_at: string;
    };
    readonly CollectionReportResponse: {
      readonly dropped_candidates: number;
      readonly examined_blobs: number;
      readonly new_candidates: number;
      readonly removed_blobs: number;
      readonly removed_bytes: number;
      readonly removed_digests: readonly string[];
    };
    readonly CollectionResponse: {
      readonly created_at: string;
      readonly digest?: string;
      readonly dry_run: boolean;
      readonly failure_message?: string;
      readonly finished_at?: string;
      readonly id: string;
      readonly report?: components['schemas']['CollectionReportResponse'];
      readonly started_at?: string;
      readonly state: 'canceled' | 'failed' | 'queued' | 'running' | 'succeeded';
    };
    readonly CompletedPartRequest: {
      readonly etag: string;
      readonly number: number;
      readonly size_bytes: number;
    };
    readonly CompleteUploadRequest: {
      readonly parts: readonly components['schemas']['CompletedPartRequest'][];
    };
    readonly CreateArtifactRequest: {
      readonly architecture: string;
      readonly cloud_init?: boolean | null;
      readonly default_user?: string | null;
      readonly delta_from?: string | null;
      readonly firmware?: 'bios' | 'uefi' | null;
      readonly format: 'incus.tar.gz' | 'qcow2' | 'raw' | 'raw.gz' | 'rootfs.tar.xz' | 'squashfs';
      readonly incus?: components['schemas']['IncusDescriptionRequest'];
      readonly min_disk_bytes?: number | null;
      readonly min_memory_bytes?: number | null;
      readonly operating_system: string;
      readonly primary_blob_digest: string;
      readonly primary_blob_size_bytes: number;
      readonly primary_media_type: string;
      readonly secure_boot?: boolean | null;
      readonly variant: string | null;
    };
    readonly CreateAttachmentRequest: {
      readonly base_version?: string | null;
      readonly blob_digest: string;
      readonly blob_size_bytes: number;
      readonly media_type: string;
      readonly name: string;
    };
    readonly CreateImageRequest: {
      readonly description?: string | null;
      readonly display_name?: string | null;
      readonly name: string;
      readonly visibility?: 'internal' | 'private' | 'public' | null;
    };
    readonly CreatePrincipalRequest: {
      readonly attributes?: {
        readonly [key: string]: unknown;
      } | null;
      readonly display_name: string;
      readonly kind: 'service' | 'user';
    };
    readonly CreateVersionRequest: {
      readonly end_of_life?: string | null;
      readonly labels?: {
        readonly [key: string]: string;
      } | null;
      readonly notes?: string | null;
      readonly source?: components['schemas']['VersionSourceRequest'];
      readonly version: string;
    };
    readonly DeprecateVersionRequest: {
      readonly reason: string;
      readonly successor?: string | null;
    };
    readonly DeprecationResponse: {
      readonly deprecated_at: string;
      readonly reason: string;
      readonly successor?: string;
    };
    readonly DerivedRoleResponse: {
      readonly role_id: string;
      readonly rule_id: string;
    };
    readonly DetectedResponse: {
      readonly compression?: 'gzip' | 'xz';
      readonly format: string;
      readonly virtual_size_bytes?: number;
    };
    readonly EvaluateRuleRequest: {
      readonly claims?: {
        readonly [key: string]: unknown;
      } | null;
      readonly rule: components['schemas']['ProvisioningRuleRequest'];
      readonly token?: string | null;
    };
    readonly EvaluationResponse: {
      readonly detail: string;
      readonly matches: boolean;
      readonly reason:
        | 'condition-error'
        | 'condition-false'
        | 'matched'
        | 'other-audience'
        | 'other-issuer'
        | 'token-refused';
      readonly warnings: readonly components['schemas']['RuleWarningResponse'][];
    };
    readonly ImageListResponse: {
      readonly images: readonly components['schemas']['ImageResponse'][];
    };
    readonly ImageResponse: {
      readonly created_at: string;
      readonly description?: string;
      readonly display_name?: string;
      readonly id: string;
      readonly name: string;
      readonly updated_at: string;
      readonly visibility: 'internal' | 'private' | 'public';
    };
    readonly IncusDescriptionRequest: {
      readonly description?: string | null;
      readonly os: string;
      readonly properties?: {
        readonly [key: string]: string;
      } | null;
      readonly release: string;
      readonly requirements?: {
        readonly [key: string]: string;
      } | null;
    };
    readonly IncusDescriptionResponse: {
      readonly description?: string;
      readonly os: string;
      readonly properties?: {
        readonly [key: string]: string;
      };
      readonly release: string;
      readonly requirements?: {
        readonly [key: string]: string;
      };
    };
    readonly IssueApiTokenRequest: {
      readonly expires_at: string;
      readonly name?: string | null;
    };
    readonly IssuedApiTokenResponse: {
      readonly expires_at: string;
      readonly id: string;
      readonly name: string;
      readonly plaintext: string;
      readonly principal_id: string;
    };
    readonly IssuedReadLinkResponse: {
      readonly created_at: string;
      readonly expires_at: string;
      readonly id: string;
      readonly image_patterns?: readonly string[];
      readonly name: string;
      readonly path: string;
      readonly principal_id: string;
      readonly revoked_at?: string;
    };
    readonly IssueReadLinkRequest: {
      readonly expires_at: string;
      readonly image_patterns?: readonly string[] | null;
      readonly name?: string | null;
    };
    readonly ListedPartResponse: {
      readonly etag: string;
      readonly part_number: number;
      readonly size_bytes: number;
    };
    readonly ManifestEntryResponse: {
      readonly artifact: components['schemas']['ArtifactResponse'];
      readonly attachments: readonly components['schemas']['AttachmentResponse'][];
      readonly streams?: readonly components['schemas']['StreamsEntryResponse'][];
    };
    readonly ManifestResponse: {
      readonly artifacts: readonly components['schemas']['ManifestEntryResponse'][];
      readonly image: components['schemas']['ImageResponse'];
      readonly version: components['schemas']['VersionResponse'];
    };
    readonly PrincipalListResponse: {
      readonly principals: readonly components['schemas']['PrincipalResponse'][];
    };
    readonly PrincipalResponse: {
      readonly attributes?: {
        readonly [key: string]: unknown;
      };
      readonly derived_roles: readonly components['schemas']['DerivedRoleResponse'][];
      readonly disabled: boolean;
      readonly display_name: string;
      readonly id: string;
      readonly image_patterns?: readonly string[];
      readonly kind: 'service' | 'user';
      readonly read_patterns?: readonly string[];
      readonly role_ids: readonly string[];
    };
    readonly Problem: {
      readonly aliases?: readonly string[];
      readonly allowed?: number;
      readonly current_state?: string;
      readonly detail: string;
      readonly errors?: readonly {
        readonly detail: string;
        readonly pointer: string;
      }[];
      readonly instance: string;
      readonly missing_digests?: readonly string[];
      readonly pointer?: string;
      readonly reason?: string;
      readonly restorable_until?: string;
      readonly rule_ids?: readonly string[];
      readonly status: number;
      readonly taken_by?: string;
      readonly taken_by_version?: string;
      readonly title: string;
      readonly type: string;
      readonly used?: number;
      readonly versions?: {
        readonly [key: string]: number;
      };
      readonly withdrawn_at?: string;
    };
    readonly PromoteRequest: {
      readonly from_alias: string;
      readonly to_alias: string;
    };
    readonly PromotionListResponse: {
      readonly promotions: readonly components['schemas']['PromotionResponse'][];
    };
    readonly PromotionResponse: {
      readonly from_alias?: string;
      readonly id: string;
      readonly previous_version?: string;
      readonly promoted_at: string;
      readonly promoted_by: string;
      readonly reverted_by?: string;
      readonly reverts?: string;
      readonly to_alias: string;
      readonly version?: string;
    };
    readonly ProvisioningRuleListResponse: {
      readonly rules: readonly components['schemas']['ProvisioningRuleResponse'][];
    };
    readonly ProvisioningRuleRequest: {
      readonly assign_role_ids?: readonly ('content-reader' | 'content-writer')[] | null;
      readonly audience: string;
      readonly condition: string;
      readonly display_name: string;
      readonly enabled?: boolean | null;
      readonly forwarded_claims?: readonly string[] | null;
      readonly id?: string | null;
      readonly image_patterns?: readonly string[] | null;
      readonly issuer_url: string;
      readonly jwks_origins?: readonly string[] | null;
    };
    readonly ProvisioningRuleResponse: {
      readonly assign_role_ids: readonly string[];
      readonly audience: string;
      readonly condition: string;
      readonly display_name: string;
      readonly enabled: boolean;
      readonly forwarded_claims: readonly string[];
      readonly id: string;
      readonly image_patterns?: readonly string[];
      readonly issuer_url: string;
      readonly jwks_origins: readonly string[];
    };
    readonly PublishJobResponse: {
      readonly aliases?: readonly string[];
      readonly created_at: string;
      readonly failed_step?: string;
      readonly failure_message?: string;
      readonly finished_at?: string;
      readonly id: string;
      readonly image_name: string;
      readonly report?: readonly components['schemas']['StreamsReportResponse'][];
      readonly started_at?: string;
      readonly state: 'canceled' | 'failed' | 'queued' | 'running' | 'succeeded';
      readonly steps: readonly components['schemas']['PublishStepResponse'][];
      readonly updated_at: string;
      readonly version: string;
      readonly version_id: string;
    };
    readonly PublishStepResponse: {
      readonly attempt_count: number;
      readonly blocking: boolean;
      readonly created_at: string;
      readonly detail?: string;
      readonly failure_message?: string;
      readonly finished_at?: string;
      readonly id: string;
      readonly job_id: string;
      readonly name: string;
      readonly progress?: components['schemas']['StepProgressResponse'];
      readonly sequence: number;
      readonly started_at?: string;
      readonly state: 'failed' | 'queued' | 'running' | 'skipped' | 'succeeded';
      readonly updated_at: string;
    };
    readonly PutAliasRequest: {
      readonly version: string;
    };
    readonly PutChannelRequest: {
      readonly alias: string;
      readonly image_patterns: readonly string[];
    };
    readonly PutQuotaRequest: {
      readonly open_uploads?: number | null;
      readonly stored_bytes?: number | null;
    };
    readonly PutRetentionRequest: {
      readonly keep_aliased?: boolean | null;
      readonly keep_newest?: number | null;
      readonly keep_younger_than?: string | null;
    };
    readonly QuotaResponse: {
      readonly open_uploads?: number;
      readonly source: 'default' | 'principal';
      readonly stored_bytes?: number;
      readonly used: components['schemas']['QuotaUseResponse'];
    };
    readonly QuotaUseResponse: {
      readonly open_uploads: number;
      readonly stored_bytes: number;
    };
    readonly ReadinessCheckResponse: {
      readonly name: string;
      readonly passes: boolean;
      readonly reason?: string;
      readonly required: boolean;
    };
    readonly ReadinessResponse: {
      readonly checks: readonly components['schemas']['ReadinessCheckResponse'][];
    };
    readonly ReadLinkListResponse: {
      readonly read_links: readonly components['schemas']['ReadLinkResponse'][];
    };
    readonly ReadLinkResponse: {
      readonly created_at: string;
      readonly expires_at: string;
      readonly id: string;
      readonly image_patterns?: readonly string[];
      readonly name: string;
      readonly principal_id: string;
      readonly revoked_at?: string;
    };
    readonly ReconciliationResponse: {
      readonly applied: boolean;
      readonly principals: readonly components['schemas']['PrincipalResponse'][];
      readonly rule_id: string;
      readonly unassign_role_ids: readonly string[];
    };
    readonly ReleaseArtifactRequest: {
      readonly architecture: string;
      readonly attachments: readonly components['schemas']['CreateAttachmentRequest'][] | null;
      readonly cloud_init?: boolean | null;
      readonly default_user?: string | null;
      readonly delta_from?: string | null;
      readonly firmware?: 'bios' | 'uefi' | null;
      readonly format: 'incus.tar.gz' | 'qcow2' | 'raw' | 'raw.gz' | 'rootfs.tar.xz' | 'squashfs';
      readonly incus?: components['schemas']['IncusDescriptionRequest'];
      readonly min_disk_bytes?: number | null;
      readonly min_memory_bytes?: number | null;
      readonly operating_system: string;
      readonly primary_blob_digest: string;
      readonly primary_blob_size_bytes: number;
      readonly primary_media_type: string;
      readonly secure_boot?: boolean | null;
      readonly variant: string | null;
    };
    readonly ReleaseRequest: {
      readonly aliases: readonly string[] | null;
      readonly artifacts: readonly components['schemas']['ReleaseArtifactRequest'][];
      readonly metadata?: components['schemas']['VersionMetadataRequest'];
      readonly visibility?: 'internal' | 'private' | 'public' | null;
    };
    readonly RetentionPreviewResponse: {
      readonly versions: readonly components['schemas']['RetentionVerdictResponse'][];
    };
    readonly RetentionResponse: {
      readonly keep_aliased: boolean;
      readonly keep_newest?: number;
      readonly keep_younger_than?: string;
      readonly source: 'default' | 'image';
    };
    readonly RetentionVerdictResponse: {
      readonly action: 'keep' | 'withdraw';
      readonly published_at: string;
      readonly reason: string;
      readonly version: string;
    };
    readonly RoleListResponse: {
      readonly roles: readonly components['schemas']['RoleResponse'][];
    };
    readonly RoleResponse: {
      readonly actions: readonly string[];
      readonly description: string;
      readonly display_name: string;
      readonly id: string;
    };
    readonly RuleWarningResponse: {
      readonly code:
        | 'claim-not-forwarded'
        | 'keys-elsewhere'
        | 'nothing-pinned'
        | 'recyclable-claims-only'
        | 'ref-not-pinned'
        | 'subject-by-pattern';
      readonly detail: string;
    };
    readonly SavedChannelResponse: {
      readonly alias: string;
      readonly created_at: string;
      readonly image_patterns: readonly string[];
      readonly name: string;
      readonly shown: number;
      readonly updated_at: string;
      readonly warnings: readonly string[];
    };
    readonly SavedProvisioningRuleResponse: {
      readonly assign_role_ids: readonly string[];
      readonly audience: string;
      readonly condition: string;
      readonly display_name: string;
      readonly enabled: boolean;
      readonly forwarded_claims: readonly string[];
      readonly id: string;
      readonly image_patterns?: readonly string[];
      readonly issuer_url: string;
      readonly jwks_origins: readonly string[];
      readonly warnings: readonly components['schemas']['RuleWarningResponse'][];
    };
    readonly StartCollectionRequest: {
      readonly dry_run?: boolean | null;
    };
    readonly StepProgressResponse: {
      readonly done_bytes: number;
      readonly total_bytes: number;
    };
    readonly StorageUsageResponse: {
      readonly next_review_at?: string;
      readonly reclaimable: components['schemas']['StoredAmountResponse'];
      readonly states: components['schemas']['BlobStatesResponse'];
      readonly stray_objects: number;
    };
    readonly StoredAmountResponse: {
      readonly count: number;
      readonly size_bytes: number;
    };
    readonly StreamsEntryResponse: {
      readonly client: string;
      readonly projected: boolean;
      readonly reason?: string;
    };
    readonly StreamsReportResponse: {
      readonly artifact_id: string;
      readonly client: string;
      readonly projected: boolean;
      readonly reason?: string;
    };
    readonly UpdatePrincipalRequest: {
      readonly disabled?: boolean;
      readonly display_name?: string;
    };
    readonly UploadedBlobResponse: {
      readonly digest: string;
      readonly size_bytes: number;
    };
    readonly UploadFailureResponse: {
      readonly code: string;
      readonly detail: string;
    };
    readonly UploadPartResponse: {
      readonly etag: string;
      readonly part_number: number;
      readonly size_bytes: number;
      readonly upload_id: string;
    };
    readonly UploadPartsResponse: {
      readonly parts: readonly components['schemas']['ListedPartResponse'][];
    };
    readonly UploadSessionResponse: {
      readonly bytes_received: number;
      readonly bytes_verified: number;
      readonly expected_digest: string;
      readonly expected_size_bytes: number;
      readonly expires_at: string;
      readonly failure?: components['schemas']['UploadFailureResponse'];
      readonly filename_hint?: string;
      readonly id: string;
      readonly media_type_hint?: string;
      readonly part_size_bytes: number;
      readonly state: 'aborted' | 'completed' | 'created' | 'failed' | 'ingesting' | 'ready' | 'uploading';
    };
    readonly VersionListResponse: {
      readonly versions: readonly components['schemas']['VersionResponse'][];
    };
    readonly VersionMetadataRequest: {
      readonly end_of_life?: string | null;
      readonly labels?: {
        readonly [key: string]: string;
      } | null;
      readonly notes?: string | null;
      readonly source?: components['schemas']['VersionSourceRequest'];
    };
    readonly VersionResponse: {
      readonly created_at: string;
      readonly deprecation?: components['schemas']['DeprecationResponse'];
      readonly end_of_life?: string;
      readonly id: string;
      readonly image_id: string;
      readonly labels?: {
        readonly [key: string]: string;
      };
      readonly notes?: string;
      readonly published_at?: string;
      readonly source?: components['schemas']['VersionSourceResponse'];
      readonly state: 'draft' | 'published' | 'publishing' | 'withdrawn';
      readonly updated_at: string;
      readonly version: string;
      readonly withdrawal?: components['schemas']['WithdrawalResponse'];
    };
    readonly VersionSourceRequest: {
      readonly commit?: string | null;
      readonly pipeline_url?: string | null;
      readonly repository?: string | null;
    };
    readonly VersionSourceResponse: {
      readonly commit?: string;
      readonly pipeline_url?: string;
      readonly repository?: string;
    };
    readonly WhoamiPrincipalResponse: {
      readonly display_name: string;
      readonly id: string;
      readonly kind: 'service' | 'user';
    };
    readonly WhoamiResponse: {
      readonly credential_kind: 'api-token' | 'oidc-token';
      readonly expires_at: string;
      readonly image_patterns?: readonly string[];
      readonly principal: components['schemas']['WhoamiPrincipalResponse'];
      readonly read_patterns?: readonly string[];
      readonly role_ids: readonly string[];
    };
    readonly WithdrawalResponse: {
      readonly by: 'request' | 'retention';
      readonly reason: string;
      readonly restorable_until: string;
      readonly withdrawn_at: string;
    };
    readonly WithdrawVersionRequest: {
      readonly move_aliases_to?: string | null;
      readonly reason: string;
    };
  };
  responses: never;
  parameters: never;
  requestBodies: never;
  headers: never;
  pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
  readonly channelStreamsGetFile: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: {
        readonly 'If-None-Match'?: string;
        readonly 'If-Range'?: string;
        readonly Range?: string;
      };
      readonly path: {
        readonly channel: string;
        readonly file_name: string;
        readonly hex: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/octet-stream': string;
        };
      };
      readonly 206: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/octet-stream': string;
        };
      };
      readonly 304: {
        headers: {
          readonly [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  readonly channelStreamsGetImages: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: {
        readonly 'If-None-Match'?: string;
      };
      readonly path: {
        readonly channel: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': {
            readonly content_id: 'images';
            readonly datatype: 'image-downloads';
            readonly format: 'products:1.0';
            readonly products: {
              readonly [key: string]: {
                readonly aliases: string;
                readonly arch: string;
                readonly os: string;
                readonly release: string;
                readonly versions: {
                  readonly [key: string]: {
                    readonly items: {
                      readonly [key: string]: Record<string, never>;
                    };
                  };
                };
              };
            };
          };
        };
      };
      readonly 304: {
        headers: {
          readonly [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  readonly channelStreamsGetIndex: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: {
        readonly 'If-None-Match'?: string;
      };
      readonly path: {
        readonly channel: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': {
            readonly format: 'index:1.0';
            readonly index: {
              readonly [key: string]: {
                readonly datatype: 'image-downloads';
                readonly format: 'products:1.0';
                readonly path: string;
                readonly products: readonly string[];
              };
            };
          };
        };
      };
      readonly 304: {
        headers: {
          readonly [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  readonly operationsHealthz: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      readonly 204: {
        headers: {
          readonly [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  readonly operationsReadyz: {
    readonly parameters: {
      readonly query?: {
        readonly verbose?: unknown;
      };
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['ReadinessResponse'];
        };
      };
      readonly 204: {
        headers: {
          readonly [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  readonly streamsGetFile: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: {
        readonly 'If-None-Match'?: string;
        readonly 'If-Range'?: string;
        readonly Range?: string;
      };
      readonly path: {
        readonly file_name: string;
        readonly hex: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/octet-stream': string;
        };
      };
      readonly 206: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/octet-stream': string;
        };
      };
      readonly 304: {
        headers: {
          readonly [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  readonly streamsGetImages: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: {
        readonly 'If-None-Match'?: string;
      };
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': {
            readonly content_id: 'images';
            readonly datatype: 'image-downloads';
            readonly format: 'products:1.0';
            readonly products: {
              readonly [key: string]: {
                readonly aliases: string;
                readonly arch: string;
                readonly os: string;
                readonly release: string;
                readonly versions: {
                  readonly [key: string]: {
                    readonly items: {
                      readonly [key: string]: Record<string, never>;
                    };
                  };
                };
              };
            };
          };
        };
      };
      readonly 304: {
        headers: {
          readonly [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  readonly streamsGetIndex: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: {
        readonly 'If-None-Match'?: string;
      };
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': {
            readonly format: 'index:1.0';
            readonly index: {
              readonly [key: string]: {
                readonly datatype: 'image-downloads';
                readonly format: 'products:1.0';
                readonly path: string;
                readonly products: readonly string[];
              };
            };
          };
        };
      };
      readonly 304: {
        headers: {
          readonly [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  readonly auditEventsList: {
    readonly parameters: {
      readonly query?: {
        readonly action?: string;
        readonly cursor?: string;
        readonly limit?: number;
        readonly outcome?: 'success' | 'denied';
        readonly principal_id?: string;
        readonly request_id?: string;
        readonly resource?: string;
        readonly since?: string;
        readonly until?: string;
      };
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['AuditEventListResponse'];
          readonly 'application/x-ndjson': string;
        };
      };
    };
  };
  readonly apiTokensRevoke: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        readonly token_id: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      readonly 204: {
        headers: {
          readonly [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  readonly provisioningRulesList: {
    readonly parameters: {
      readonly query?: {
        readonly cursor?: string;
        readonly limit?: number;
      };
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['ProvisioningRuleListResponse'];
        };
      };
    };
  };
  readonly provisioningRulesCreate: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly 'application/json': components['schemas']['ProvisioningRuleRequest'];
      };
    };
    readonly responses: {
      readonly 201: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['SavedProvisioningRuleResponse'];
        };
      };
    };
  };
  readonly provisioningRulesGet: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        readonly rule_id: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['ProvisioningRuleResponse'];
        };
      };
    };
  };
  readonly provisioningRulesReplace: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        readonly rule_id: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly 'application/json': components['schemas']['ProvisioningRuleRequest'];
      };
    };
    readonly responses: {
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['SavedProvisioningRuleResponse'];
        };
      };
    };
  };
  readonly provisioningRulesDelete: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        readonly rule_id: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      readonly 204: {
        headers: {
          readonly [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  readonly ruleReconciliationPreview: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        readonly rule_id: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['ReconciliationResponse'];
        };
      };
    };
  };
  readonly ruleReconciliationApply: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        readonly rule_id: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['ReconciliationResponse'];
        };
      };
    };
  };
  readonly provisioningRulesEvaluate: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly 'application/json': components['schemas']['EvaluateRuleRequest'];
      };
    };
    readonly responses: {
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['EvaluationResponse'];
        };
      };
    };
  };
  readonly principalsList: {
    readonly parameters: {
      readonly query?: {
        readonly cursor?: string;
        readonly limit?: number;
      };
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['PrincipalListResponse'];
        };
      };
    };
  };
  readonly principalsCreate: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly 'application/json': components['schemas']['CreatePrincipalRequest'];
      };
    };
    readonly responses: {
      readonly 201: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['PrincipalResponse'];
        };
      };
    };
  };
  readonly principalsGet: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        readonly principal_id: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['PrincipalResponse'];
        };
      };
    };
  };
  readonly principalsDelete: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        readonly principal_id: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      readonly 204: {
        headers: {
          readonly [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  readonly principalsUpdate: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        readonly principal_id: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly 'application/json': components['schemas']['UpdatePrincipalRequest'];
      };
    };
    readonly responses: {
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['PrincipalResponse'];
        };
      };
    };
  };
  readonly apiTokensList: {
    readonly parameters: {
      readonly query?: {
        readonly cursor?: string;
        readonly limit?: number;
      };
      readonly header?: never;
      readonly path: {
        readonly principal_id: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['ApiTokenListResponse'];
        };
      };
    };
  };
  readonly apiTokensIssue: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        readonly principal_id: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly 'application/json': components['schemas']['IssueApiTokenRequest'];
      };
    };
    readonly responses: {
      readonly 201: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['IssuedApiTokenResponse'];
        };
      };
    };
  };
  readonly quotaGet: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        readonly principal_id: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['QuotaResponse'];
        };
      };
    };
  };
  readonly quotaPut: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        readonly principal_id: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly 'application/json': components['schemas']['PutQuotaRequest'];
      };
    };
    readonly responses: {
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['QuotaResponse'];
        };
      };
    };
  };
  readonly quotaDelete: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        readonly principal_id: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      readonly 204: {
        headers: {
          readonly [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  readonly readLinksList: {
    readonly parameters: {
      readonly query?: {
        readonly cursor?: string;
        readonly limit?: number;
      };
      readonly header?: never;
      readonly path: {
        readonly principal_id: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['ReadLinkListResponse'];
        };
      };
    };
  };
  readonly readLinksIssue: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        readonly principal_id: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly 'application/json': components['schemas']['IssueReadLinkRequest'];
      };
    };
    readonly responses: {
      readonly 201: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['IssuedReadLinkResponse'];
        };
      };
    };
  };
  readonly principalsAssignRole: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        readonly principal_id: string;
        readonly role_id: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: {
      readonly content: {
        readonly 'application/json': components['schemas']['AssignRoleRequest'];
      };
    };
    readonly responses: {
      readonly 204: {
        headers: {
          readonly [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  readonly principalsRemoveRole: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        readonly principal_id: string;
        readonly role_id: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      readonly 204: {
        headers: {
          readonly [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  readonly readLinksRevoke: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        readonly link_id: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      readonly 204: {
        headers: {
          readonly [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  readonly rolesList: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['RoleListResponse'];
        };
      };
    };
  };
  readonly whoamiWhoami: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['WhoamiResponse'];
        };
      };
    };
  };
  readonly storageListBlobs: {
    readonly parameters: {
      readonly query?: {
        readonly cursor?: string;
        readonly limit?: number;
        readonly state?: 'available' | 'damaged';
      };
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['BlobListResponse'];
        };
      };
    };
  };
  readonly blobsGet: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: {
        readonly 'If-None-Match'?: string;
        readonly 'If-Range'?: string;
        readonly Range?: string;
      };
      readonly path: {
        readonly digest: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/octet-stream': string;
        };
      };
      readonly 206: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/octet-stream': string;
        };
      };
      readonly 304: {
        headers: {
          readonly [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  readonly wholeUploadsPut: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        readonly digest: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly 'application/octet-stream': string;
      };
    };
    readonly responses: {
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['UploadedBlobResponse'];
        };
      };
      readonly 201: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['UploadedBlobResponse'];
        };
      };
    };
  };
  readonly storageDeleteBlob: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        readonly digest: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      readonly 202: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['CollectionResponse'];
        };
      };
    };
  };
  readonly channelsList: {
    readonly parameters: {
      readonly query?: {
        readonly cursor?: string;
        readonly limit?: number;
      };
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['ChannelListResponse'];
        };
      };
    };
  };
  readonly channelsGet: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        readonly channel: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['ChannelResponse'];
        };
      };
    };
  };
  readonly channelsPut: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        readonly channel: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly 'application/json': components['schemas']['PutChannelRequest'];
      };
    };
    readonly responses: {
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['SavedChannelResponse'];
        };
      };
    };
  };
  readonly channelsDelete: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        readonly channel: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      readonly 204: {
        headers: {
          readonly [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  readonly imagesList: {
    readonly parameters: {
      readonly query?: {
        readonly architecture?: string;
        readonly cursor?: string;
        readonly format?: string;
        readonly label?: string;
        readonly limit?: number;
        readonly os?: string;
        readonly q?: string;
        readonly sort?: 'name' | 'newest';
        readonly visibility?: 'public' | 'internal' | 'private';
      };
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['ImageListResponse'];
        };
      };
    };
  };
  readonly imagesCreate: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly 'application/json': components['schemas']['CreateImageRequest'];
      };
    };
    readonly responses: {
      readonly 201: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['ImageResponse'];
        };
      };
    };
  };
  readonly imagesGet: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        readonly name: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['ImageResponse'];
        };
      };
    };
  };
  readonly imagesDelete: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        readonly name: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      readonly 204: {
        headers: {
          readonly [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  readonly imagesChange: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        readonly name: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly 'application/json': components['schemas']['ChangeImageRequest'];
      };
    };
    readonly responses: {
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['ImageResponse'];
        };
      };
    };
  };
  readonly aliasesList: {
    readonly parameters: {
      readonly query?: {
        readonly cursor?: string;
        readonly limit?: number;
      };
      readonly header?: never;
      readonly path: {
        readonly name: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['AliasListResponse'];
        };
      };
    };
  };
  readonly aliasesGet: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        readonly alias: string;
        readonly name: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['AliasResponse'];
        };
      };
    };
  };
  readonly aliasesPut: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: {
        readonly 'If-Match'?: string;
      };
      readonly path: {
        readonly alias: string;
        readonly name: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly 'application/json': components['schemas']['PutAliasRequest'];
      };
    };
    readonly responses: {
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['AliasResponse'];
        };
      };
    };
  };
  readonly aliasesDelete: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: {
        readonly 'If-Match'?: string;
      };
      readonly path: {
        readonly alias: string;
        readonly name: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      readonly 204: {
        headers: {
          readonly [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  readonly promotionsList: {
    readonly parameters: {
      readonly query?: {
        readonly cursor?: string;
        readonly limit?: number;
      };
      readonly header?: never;
      readonly path: {
        readonly name: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['PromotionListResponse'];
        };
      };
    };
  };
  readonly promotionsPromote: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: {
        readonly 'If-Match'?: string;
      };
      readonly path: {
        readonly name: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly 'application/json': components['schemas']['PromoteRequest'];
      };
    };
    readonly responses: {
      readonly 201: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['PromotionResponse'];
        };
      };
    };
  };
  readonly promotionsGet: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        readonly name: string;
        readonly promotion_id: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['PromotionResponse'];
        };
      };
    };
  };
  readonly promotionsRevert: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        readonly name: string;
        readonly promotion_id: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      readonly 201: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['PromotionResponse'];
        };
      };
    };
  };
  readonly refsGet: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        readonly name: string;
        readonly ref: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['ManifestResponse'];
        };
      };
    };
  };
  readonly retentionGet: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        readonly name: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['RetentionResponse'];
        };
      };
    };
  };
  readonly retentionPut: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        readonly name: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly 'application/json': components['schemas']['PutRetentionRequest'];
      };
    };
    readonly responses: {
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['RetentionResponse'];
        };
      };
    };
  };
  readonly retentionDelete: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        readonly name: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      readonly 204: {
        headers: {
          readonly [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  readonly retentionPreview: {
    readonly parameters: {
      readonly query?: {
        readonly cursor?: string;
        readonly limit?: number;
      };
      readonly header?: never;
      readonly path: {
        readonly name: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['RetentionPreviewResponse'];
        };
      };
    };
  };
  readonly versionsList: {
    readonly parameters: {
      readonly query?: {
        readonly architecture?: string;
        readonly cursor?: string;
        readonly format?: string;
        readonly label?: string;
        readonly limit?: number;
        readonly os?: string;
        readonly sort?: 'newest' | 'name';
        readonly state?: string;
      };
      readonly header?: never;
      readonly path: {
        readonly name: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['VersionListResponse'];
        };
      };
    };
  };
  readonly versionsCreate: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        readonly name: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly 'application/json': components['schemas']['CreateVersionRequest'];
      };
    };
    readonly responses: {
      readonly 201: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['VersionResponse'];
        };
      };
    };
  };
  readonly versionsGet: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        readonly name: string;
        readonly version: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['ManifestResponse'];
        };
      };
    };
  };
  readonly versionsDelete: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        readonly name: string;
        readonly version: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      readonly 204: {
        headers: {
          readonly [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  readonly versionsChange: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        readonly name: string;
        readonly version: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly 'application/json': components['schemas']['ChangeVersionRequest'];
      };
    };
    readonly responses: {
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['VersionResponse'];
        };
      };
    };
  };
  readonly artifactsList: {
    readonly parameters: {
      readonly query?: {
        readonly cursor?: string;
        readonly limit?: number;
      };
      readonly header?: never;
      readonly path: {
        readonly name: string;
        readonly version: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['ArtifactListResponse'];
        };
      };
    };
  };
  readonly artifactsCreate: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        readonly name: string;
        readonly version: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly 'application/json': components['schemas']['CreateArtifactRequest'];
      };
    };
    readonly responses: {
      readonly 201: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['ArtifactResponse'];
        };
      };
    };
  };
  readonly artifactsGet: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        readonly artifact_id: string;
        readonly name: string;
        readonly version: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['ArtifactResponse'];
        };
      };
    };
  };
  readonly artifactsDelete: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        readonly artifact_id: string;
        readonly name: string;
        readonly version: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      readonly 204: {
        headers: {
          readonly [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  readonly artifactsChange: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        readonly artifact_id: string;
        readonly name: string;
        readonly version: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly 'application/json': components['schemas']['ChangeArtifactRequest'];
      };
    };
    readonly responses: {
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['ArtifactResponse'];
        };
      };
    };
  };
  readonly attachmentsCreate: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        readonly artifact_id: string;
        readonly name: string;
        readonly version: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly 'application/json': components['schemas']['CreateAttachmentRequest'];
      };
    };
    readonly responses: {
      readonly 201: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['AttachmentResponse'];
        };
      };
    };
  };
  readonly attachmentsDelete: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        readonly artifact_id: string;
        readonly attachment_id: string;
        readonly name: string;
        readonly version: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      readonly 204: {
        headers: {
          readonly [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  readonly attachmentsGetBytes: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: {
        readonly 'If-None-Match'?: string;
        readonly 'If-Range'?: string;
        readonly Range?: string;
      };
      readonly path: {
        readonly artifact_id: string;
        readonly attachment_id: string;
        readonly name: string;
        readonly version: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly '*/*': string;
        };
      };
      readonly 206: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly '*/*': string;
        };
      };
      readonly 304: {
        headers: {
          readonly [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  readonly artifactsGetBytes: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: {
        readonly 'If-None-Match'?: string;
        readonly 'If-Range'?: string;
        readonly Range?: string;
      };
      readonly path: {
        readonly artifact_id: string;
        readonly name: string;
        readonly version: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly '*/*': string;
        };
      };
      readonly 206: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly '*/*': string;
        };
      };
      readonly 304: {
        headers: {
          readonly [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  readonly versionLifecycleDeprecate: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        readonly name: string;
        readonly version: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly 'application/json': components['schemas']['DeprecateVersionRequest'];
      };
    };
    readonly responses: {
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['VersionResponse'];
        };
      };
    };
  };
  readonly versionLifecycleTakeBackDeprecation: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        readonly name: string;
        readonly version: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      readonly 204: {
        headers: {
          readonly [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  readonly versionPublishingPublish: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        readonly name: string;
        readonly version: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      readonly 202: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['PublishJobResponse'];
        };
      };
    };
  };
  readonly versionPublishingGetJob: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        readonly name: string;
        readonly version: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['PublishJobResponse'];
        };
      };
    };
  };
  readonly versionPublishingRelease: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        readonly name: string;
        readonly version: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly 'application/json': components['schemas']['ReleaseRequest'];
      };
    };
    readonly responses: {
      readonly 202: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['PublishJobResponse'];
        };
      };
    };
  };
  readonly versionLifecycleWithdraw: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        readonly name: string;
        readonly version: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly 'application/json': components['schemas']['WithdrawVersionRequest'];
      };
    };
    readonly responses: {
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['VersionResponse'];
        };
      };
    };
  };
  readonly versionLifecycleRestore: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        readonly name: string;
        readonly version: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      readonly 204: {
        headers: {
          readonly [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  readonly publishJobsGet: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        readonly job_id: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['PublishJobResponse'];
        };
      };
    };
  };
  readonly publishJobsCancel: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        readonly job_id: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['PublishJobResponse'];
        };
      };
    };
  };
  readonly publishJobsRetry: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        readonly job_id: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      readonly 202: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['PublishJobResponse'];
        };
      };
    };
  };
  readonly storageUsage: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['StorageUsageResponse'];
        };
      };
    };
  };
  readonly storageStart: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: {
      readonly content: {
        readonly 'application/json': components['schemas']['StartCollectionRequest'];
      };
    };
    readonly responses: {
      readonly 202: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['CollectionResponse'];
        };
      };
    };
  };
  readonly storageGet: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        readonly collection_id: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['CollectionResponse'];
        };
      };
    };
  };
  readonly uploadsBegin: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly 'application/json': components['schemas']['BeginUploadRequest'];
      };
    };
    readonly responses: {
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['UploadSessionResponse'];
        };
      };
      readonly 201: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['UploadSessionResponse'];
        };
      };
    };
  };
  readonly uploadsGet: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        readonly upload_id: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['UploadSessionResponse'];
        };
      };
    };
  };
  readonly uploadsAbort: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        readonly upload_id: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['UploadSessionResponse'];
        };
      };
    };
  };
  readonly uploadsComplete: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        readonly upload_id: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly 'application/json': components['schemas']['CompleteUploadRequest'];
      };
    };
    readonly responses: {
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['UploadSessionResponse'];
        };
      };
    };
  };
  readonly uploadsParts: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        readonly upload_id: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['UploadPartsResponse'];
        };
      };
    };
  };
  readonly uploadsPutPart: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: {
        readonly 'Content-Digest'?: string;
        readonly 'Content-MD5'?: string;
      };
      readonly path: {
        readonly part_number: string;
        readonly upload_id: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly 'application/octet-stream': string;
      };
    };
    readonly responses: {
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['UploadPartResponse'];
        };
      };
    };
  };
}
