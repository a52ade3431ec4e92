import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put, Query, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { provisioningRuleId, ProvisioningRules, RuleEvaluation } from '@imgsrv/auth';
import type { Request, Response } from 'express';
import { Access } from '../access/access.decorator.js';
import { linkNextPage, setLocation } from '../http/links.js';
import { PageQuery, toPageRequest } from '../http/page.js';
import { DescribeProblems } from '../problem/describe-problems.js';
import {
  EvaluateRuleRequest,
  EvaluationResponse,
  ProvisioningRuleListResponse,
  ProvisioningRuleRequest,
  ProvisioningRuleResponse,
  SavedProvisioningRuleResponse,
  toDraftRule,
  toEvaluationResponse,
  toProvisioningRuleResponse,
  toSavedRuleResponse,
} from './provisioning-rule.dto.js';
import { requireSameId, toSample } from './rule-request.js';

@ApiTags('auth')
@Controller('v1/auth/oidc-provisioning-rules')
@Access('auth.manage')
export class ProvisioningRulesController {
  constructor(
    private readonly rules: ProvisioningRules,
    private readonly evaluation: RuleEvaluation,
  ) {}

  /** Lets tokens of an issuer in. The issuer is asked who it is first. */
  @Post()
  @DescribeProblems({ 409: 'Another rule has this id' })
  async create(
    @Body() body: ProvisioningRuleRequest,
    @Res({ passthrough: true }) response: Response,
  ): Promise<SavedProvisioningRuleResponse> {
    const saved = await this.rules.create(
      toDraftRule(body),
      body.id === undefined ? undefined : provisioningRuleId(body.id),
    );
    setLocation(response, `/v1/auth/oidc-provisioning-rules/${saved.rule.id}`);
    return toSavedRuleResponse(saved);
  }

  /** Tries a draft on claims or on a token, and says whether it matches and why. Nothing is saved. */
  @Post('evaluate')
  @HttpCode(200)
  async evaluate(@Body() body: EvaluateRuleRequest): Promise<EvaluationResponse> {
    return toEvaluationResponse(await this.evaluation.evaluate(toDraftRule(body.rule), toSample(body)));
  }

  /** All rules, oldest first. */
  @Get()
  async list(
    @Query() query: PageQuery,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<ProvisioningRuleListResponse> {
    const page = await this.rules.list(toPageRequest(query));
    linkNextPage(request, response, page.nextCursor);
    return { rules: page.items.map(toProvisioningRuleResponse) };
  }

  /** One rule. */
  @Get(':rule_id')
  async get(@Param('rule_id') id: string): Promise<ProvisioningRuleResponse> {
    return toProvisioningRuleResponse(await this.rules.get(provisioningRuleId(id)));
  }

  /** Replaces all of a rule; what is absent gets its default. It counts from the next request on. */
  @Put(':rule_id')
  async replace(
    @Param('rule_id') id: string,
    @Body() body: ProvisioningRuleRequest,
  ): Promise<SavedProvisioningRuleResponse> {
    requireSameId(body, id);
    return toSavedRuleResponse(await this.rules.replace(provisioningRuleId(id), toDraftRule(body)));
  }

  /** Whom only this rule let in is refused from the next request on. */
  @Delete(':rule_id')
  @HttpCode(204)
  async delete(@Param('rule_id') id: string): Promise<void> {
    await this.rules.delete(provisioningRuleId(id));
  }
}
