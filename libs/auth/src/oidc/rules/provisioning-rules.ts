import {
  type ChangeRecorder,
  type Database,
  decodeCursor,
  encodeCursor,
  type Page,
  type PageRequest,
  toPage,
  UUID_PATTERN,
} from '@imgsrv/platform';
import { toStored } from '../../grants/image-patterns.js';
import { compileCondition, type Condition } from '../condition/condition.js';
import type { IssuerDocuments } from '../issuer/issuer-documents.js';
import {
  type IssuerExceptions,
  type IssuerUrl,
  parseIssuerUrl,
  requireOrigin,
} from '../issuer/issuer-url.js';
import { ProvisioningRuleExistsError, ProvisioningRuleNotFoundError } from '../oidc.errors.js';
import { lintRule, type RuleWarning } from './lint-rule.js';
import { type DraftRule, type ProvisioningRule, type ProvisioningRuleId } from './provisioning-rule.js';
import { ProvisioningRuleRepository } from './provisioning-rule.repository.js';

/** A rule as it was saved, and what its author should think about. */
export interface SavedRule {
  readonly rule: ProvisioningRule;
  readonly warnings: readonly RuleWarning[];
}

/**
 * The rules that let tokens of issuers in. A change counts for every request on every replica that begins after it.
 * Saving throws InvalidConditionError, InvalidIssuerError, IssuerUnreachableError or IssuerMismatchError, and methods
 * that name a rule ProvisioningRuleNotFoundError.
 */
export class ProvisioningRules {
  constructor(
    private readonly database: Database,
    private readonly documents: IssuerDocuments,
    private readonly exceptions: IssuerExceptions,
    private readonly changes: ChangeRecorder,
  ) {}

  /** Throws ProvisioningRuleExistsError when an id is given that another rule has. */
  async create(draft: DraftRule, id?: ProvisioningRuleId): Promise<SavedRule> {
    const { condition, issuer } = this.check(draft);
    await this.documents.keysUrl(issuer, draft.jwksOrigins);
    const rule = await this.database.transaction(async (tx) => {
      const inserted = await new ProvisioningRuleRepository(tx).insert({
        ...draft,
        issuerUrl: issuer,
        ...(id === undefined ? {} : { id }),
      });
      if (inserted === undefined) {
        throw new ProvisioningRuleExistsError();
      }
      await this.changes.record(tx, {
        action: 'provisioning_rule.create',
        resource: resourceOf(inserted.id),
        after: stateOf(inserted),
      });
      return inserted;
    });
    return { rule, warnings: lintRule(rule, condition.ast) };
  }

  async get(id: ProvisioningRuleId): Promise<ProvisioningRule> {
    return found(await this.rules.find(id));
  }

  /** Oldest first. */
  async list(page: PageRequest): Promise<Page<ProvisioningRule>> {
    const [created, rowId] = decodeCursor(page.cursor, [/^[0-9]{1,18}$/, UUID_PATTERN]);
    const after = created === undefined || rowId === undefined ? undefined : { created, rowId };
    return toPage(
      await this.rules.list(page.limit + 1, after),
      page.limit,
      ({ rule }) => rule,
      ({ order }) => encodeCursor([order.created, order.rowId]),
    );
  }

  /** Replaces all of a rule. One that is switched off can be saved while its issuer is away. Safe to repeat. */
  async replace(id: ProvisioningRuleId, draft: DraftRule): Promise<SavedRule> {
    const { condition, issuer } = this.check(draft);
    const previous = found(await this.rules.find(id));
    if (draft.enabled || issuer !== previous.issuerUrl) {
      await this.documents.keysUrl(issuer, draft.jwksOrigins);
    }
    const rule = await this.database.transaction(async (tx) => {
      const rules = new ProvisioningRuleRepository(tx);
      const before = found(await rules.lock(id));
      const after = found(await rules.replace({ ...draft, id, rowId: before.rowId, issuerUrl: issuer }));
      await this.changes.record(tx, {
        action: 'provisioning_rule.replace',
        resource: resourceOf(id),
        before: stateOf(before),
        after: stateOf(after),
      });
      return after;
    });
    return { rule, warnings: lintRule(rule, condition.ast) };
  }

  async delete(id: ProvisioningRuleId): Promise<void> {
    await this.database.transaction(async (tx) => {
      const rules = new ProvisioningRuleRepository(tx);
      const before = found(await rules.lock(id));
      await rules.delete(id);
      await this.changes.record(tx, {
        action: 'provisioning_rule.delete',
        resource: resourceOf(id),
        before: stateOf(before),
      });
    });
  }

  /** What can be said of a draft without asking anybody. Throws InvalidConditionError or InvalidIssuerError. */
  check(draft: DraftRule): { condition: Condition; issuer: IssuerUrl } {
    const issuer = parseIssuerUrl(draft.issuerUrl, this.exceptions);
    draft.jwksOrigins.forEach((origin) => {
      requireOrigin(origin, this.exceptions);
    });
    return { condition: compileCondition(draft.condition), issuer };
  }

  private get rules(): ProvisioningRuleRepository {
    return new ProvisioningRuleRepository(this.database);
  }
}

function resourceOf(id: ProvisioningRuleId): string {
  return `auth/oidc-provisioning-rules/${id}`;
}

function stateOf(rule: ProvisioningRule): Record<string, unknown> {
  return {
    display_name: rule.displayName,
    issuer_url: rule.issuerUrl,
    audience: rule.audience,
    forwarded_claims: rule.forwardedClaims,
    condition: rule.condition,
    jwks_origins: rule.jwksOrigins,
    enabled: rule.enabled,
    assign_role_ids: rule.roleIds,
    image_patterns: toStored(rule.imageScope),
  };
}

function found(rule: ProvisioningRule | undefined): ProvisioningRule {
  if (rule === undefined) {
    throw new ProvisioningRuleNotFoundError();
  }
  return rule;
}
