import {
  type Evaluation,
  type ProvisioningRule,
  provisioningRuleId,
  ProvisioningRules,
  RuleEvaluation,
  type Sample,
} from '@imgsrv/auth';
import { ImgsrvError } from '@imgsrv/platform';
import { Body, Controller, Get, Param, Post, Query, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { Access } from '../../access/access.decorator.js';
import { toDraftRule, toProvisioningRuleResponse } from '../../auth/provisioning-rule.dto.js';
import { setLocation } from '../../http/links.js';
import { problemOf } from '../../problem/problem-of.js';
import { sendPage } from '../layout/send-page.js';
import { Page } from '../page.decorator.js';
import { Form } from '../session/form.interceptor.js';
import { DoneQuery, ListQuery } from '../session/sign-in.dto.js';
import { RuleForm } from './rule.dto.js';
import { type RuleOutcome, rulePage } from './rule.view.js';
import { rulesPage } from './rules.view.js';

const RULES_A_PAGE = 100;
const OF_DRAFTS: ReadonlySet<string> = new Set([
  ...[
    'invalid-condition',
    'invalid-issuer',
    'issuer-mismatch',
    'issuer-unreachable',
    'provisioning-rule-exists',
  ],
]);
/** What is said of a draft on whatever it is tried. */
const NOTHING: Sample = { kind: 'claims', claims: {} };

/** Which tokens of issuers are let in, for auth managers. */
@Page()
@Controller('admin')
@Access('auth.manage')
export class RulesPageController {
  constructor(
    private readonly rules: ProvisioningRules,
    private readonly evaluation: RuleEvaluation,
  ) {}

  @Get('rules')
  async list(
    @Query() { cursor, done }: ListQuery,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const asked = { limit: RULES_A_PAGE, ...(cursor === undefined ? {} : { cursor }) };
    await sendPage(request, response, rulesPage(await this.rules.list(asked), done));
  }

  @Get('new-rule')
  async begin(@Req() request: Request, @Res() response: Response): Promise<void> {
    await sendPage(request, response, rulePage({ form: {} }));
  }

  @Get('rules/:rule_id')
  async show(
    @Param('rule_id') id: string,
    @Query() { done }: DoneQuery,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const form = formOf(await this.rules.get(provisioningRuleId(id)));
    const outcome = await this.outcomeOf(async () => ({
      warnings: (await this.evaluation.evaluate(toDraftRule(form), NOTHING)).warnings,
    }));
    await sendPage(request, response, rulePage({ form, done, ...outcome }));
  }

  /** Answers with the form as it was sent and with what came of trying the rule. Nothing is saved. */
  @Post('rule-trial')
  @Form()
  async attempt(@Body() form: RuleForm, @Req() request: Request, @Res() response: Response): Promise<void> {
    const outcome = await this.outcomeOf(() => this.evaluate(form));
    await sendPage(request, response, rulePage({ form, ...outcome }), 200);
  }

  @Post('rules')
  @Form()
  async create(@Body() form: RuleForm, @Req() request: Request, @Res() response: Response): Promise<void> {
    await this.save(form, request, response, async () => {
      const id = form.id === undefined ? undefined : provisioningRuleId(form.id);
      return (await this.rules.create(toDraftRule(form), id)).rule;
    });
  }

  @Post('rules/:rule_id')
  @Form()
  async replace(
    @Param('rule_id') id: string,
    @Body() form: RuleForm,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    await this.save(Object.assign(form, { rule_id: id }), request, response, async () => {
      return (await this.rules.replace(provisioningRuleId(id), toDraftRule(form))).rule;
    });
  }

  @Post('rules/:rule_id/removal')
  @Form()
  async remove(@Param('rule_id') id: string, @Res({ passthrough: true }) response: Response): Promise<void> {
    await this.rules.delete(provisioningRuleId(id));
    setLocation(response, '/admin/rules?done=rule-deleted');
  }

  /** What was typed is not lost when the rule cannot be saved as it is. */
  private async save(
    form: RuleForm,
    request: Request,
    response: Response,
    work: () => Promise<ProvisioningRule>,
  ): Promise<void> {
    try {
      const { id } = await work();
      setLocation(response, `/admin/rules/${id}?done=rule-saved`);
      response.status(303).end();
    } catch (error) {
      if (!isOfDraft(error)) {
        throw error;
      }
      const { status, detail } = problemOf(error);
      await sendPage(request, response, rulePage({ form, problem: detail }), status);
    }
  }

  private async evaluate({ claims, token, ...form }: RuleForm): Promise<RuleOutcome> {
    const draft = toDraftRule(form);
    if (token !== undefined) {
      return { evaluation: await this.evaluation.evaluate(draft, { kind: 'token', token }) };
    }
    const sample = parseClaims(claims);
    if (sample === undefined) {
      const { warnings } = await this.evaluation.evaluate(draft, NOTHING);
      return { warnings, problem: 'The claims must be a JSON object, such as {"iss": "…", "sub": "…"}.' };
    }
    const evaluation: Evaluation = await this.evaluation.evaluate(draft, { kind: 'claims', claims: sample });
    return { evaluation };
  }

  /** What is wrong with a draft is an answer, not a failure. */
  private async outcomeOf(work: () => Promise<RuleOutcome>): Promise<RuleOutcome> {
    try {
      return await work();
    } catch (error) {
      if (isOfDraft(error)) {
        return { problem: problemOf(error).detail };
      }
      throw error;
    }
  }
}

/** What its author can mend in the form. */
function isOfDraft(error: unknown): error is ImgsrvError {
  return error instanceof ImgsrvError && OF_DRAFTS.has(error.code);
}

function formOf(rule: ProvisioningRule): RuleForm {
  return Object.assign(new RuleForm(), toProvisioningRuleResponse(rule), { rule_id: rule.id });
}

function parseClaims(text: string | undefined): Record<string, unknown> | undefined {
  if (text === undefined) {
    return {};
  }
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
