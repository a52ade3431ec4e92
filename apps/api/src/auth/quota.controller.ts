import { type Principal, principalId, Principals } from '@imgsrv/auth';
import { Quotas } from '@imgsrv/cas';
import { Body, Controller, Delete, Get, HttpCode, Param, Put } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Access } from '../access/access.decorator.js';
import { DescribeProblems } from '../problem/describe-problems.js';
import { PutQuotaRequest, QuotaResponse, toQuota, toQuotaResponse } from './quota.dto.js';

@ApiTags('auth')
@Controller('v1/auth/principals/:principal_id/quota')
@Access('auth.manage')
export class QuotaController {
  constructor(
    private readonly principals: Principals,
    private readonly quotas: Quotas,
  ) {}

  /** What the principal may hold, by its own quota or the default, and what it does. */
  @Get()
  async get(@Param('principal_id') id: string): Promise<QuotaResponse> {
    const principal = await this.find(id);
    return toQuotaResponse(await this.quotas.get(principal.id));
  }

  /** Says how much the principal may hold; what is left out goes by the default. */
  @Put()
  @DescribeProblems({ 409: 'The principal holds more already' })
  async put(@Param('principal_id') id: string, @Body() body: PutQuotaRequest): Promise<QuotaResponse> {
    const principal = await this.find(id);
    return toQuotaResponse(await this.quotas.put(principal.id, toQuota(body)));
  }

  /** Takes the quota of the principal away; the default goes for it again, even when it holds more. */
  @Delete()
  @HttpCode(204)
  async delete(@Param('principal_id') id: string): Promise<void> {
    const principal = await this.find(id);
    await this.quotas.delete(principal.id);
  }

  /** Content is counted by the ids of principals, whoever these are: that there is such a one is known here. */
  private find(id: string): Promise<Principal> {
    return this.principals.get(principalId(id));
  }
}
