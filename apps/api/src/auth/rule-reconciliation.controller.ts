import { Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { provisioningRuleId, RuleReconciliation } from '@imgsrv/auth';
import { Access } from '../access/access.decorator.js';
import { ReconciliationResponse, toReconciliationResponse } from './reconciliation.dto.js';

@ApiTags('auth')
@Controller('v1/auth/oidc-provisioning-rules/:rule_id/reconciliation')
@Access('auth.manage')
export class RuleReconciliationController {
  constructor(private readonly reconciliation: RuleReconciliation) {}

  /** Who was let in by the rule and holds its roles by hand as well. */
  @Get()
  async preview(@Param('rule_id') id: string): Promise<ReconciliationResponse> {
    return toReconciliationResponse(await this.reconciliation.preview(provisioningRuleId(id)));
  }

  /** Takes these roles, so that the rule alone decides. */
  @Post()
  @HttpCode(200)
  async apply(@Param('rule_id') id: string): Promise<ReconciliationResponse> {
    return toReconciliationResponse(await this.reconciliation.apply(provisioningRuleId(id)));
  }
}
