import type { Caller } from '@imgsrv/auth';
import { Aliases, Images, promotionId, Promotions, Versions, Withdrawals } from '@imgsrv/catalog';
import { Body, Controller, Param, Post, Res } from '@nestjs/common';
import type { Response } from 'express';
import { Access } from '../../access/access.decorator.js';
import { CurrentCaller } from '../../access/current-caller.decorator.js';
import { setLocation } from '../../http/links.js';
import { ReportedPublishing } from '../../publish-jobs/reported-publishing.js';
import { Page } from '../page.decorator.js';
import { Form } from '../session/form.interceptor.js';
import { PromoteForm, RemoveAliasForm, SetAliasForm, VisibilityForm, WithdrawForm } from './changes.dto.js';

/** What the forms on the pages of images and versions do. */
@Page()
@Controller('images/:name')
@Access('content.write')
export class ChangesController {
  constructor(
    private readonly images: Images,
    private readonly aliases: Aliases,
    private readonly promotions: Promotions,
    private readonly versions: Versions,
    private readonly withdrawals: Withdrawals,
    private readonly publishing: ReportedPublishing,
  ) {}

  @Post('aliases')
  @Form()
  async setAlias(
    @Param('name') name: string,
    @Body() { alias, version }: SetAliasForm,
    @Res({ passthrough: true }) response: Response,
  ): Promise<void> {
    await this.aliases.put(name, alias, version, () => true);
    setLocation(response, `/images/${name}?done=alias-set`);
  }

  /** Only the alias that the page showed: one that has moved meanwhile stays. */
  @Post('aliases/removal')
  @Form()
  async removeAlias(
    @Param('name') name: string,
    @Body() { alias, expected }: RemoveAliasForm,
    @Res({ passthrough: true }) response: Response,
  ): Promise<void> {
    await this.aliases.delete(name, alias, (current) => current?.entityTag === expected);
    setLocation(response, `/images/${name}?done=alias-removed`);
  }

  @Post('visibility')
  @Form()
  async setVisibility(
    @Param('name') name: string,
    @Body() { visibility }: VisibilityForm,
    @Res({ passthrough: true }) response: Response,
  ): Promise<void> {
    await this.images.change(name, { visibility });
    setLocation(response, `/images/${name}?done=visibility-set`);
  }

  @Post('promotions')
  @Form()
  async promote(
    @Param('name') name: string,
    @Body() { from_alias: from, to_alias: to }: PromoteForm,
    @CurrentCaller() { principalId }: Caller,
    @Res({ passthrough: true }) response: Response,
  ): Promise<void> {
    await this.promotions.promote(name, { from, to }, () => true, principalId);
    setLocation(response, `/images/${name}?done=promoted`);
  }

  @Post('promotions/:promotion_id/reversion')
  @Form()
  async revert(
    @Param('name') name: string,
    @Param('promotion_id') id: string,
    @CurrentCaller() { principalId }: Caller,
    @Res({ passthrough: true }) response: Response,
  ): Promise<void> {
    await this.promotions.revert(name, promotionId(id), principalId);
    setLocation(response, `/images/${name}?done=reverted`);
  }

  @Post(':version/publish')
  @Form()
  async publish(
    @Param('name') name: string,
    @Param('version') version: string,
    @CurrentCaller() { principalId }: Caller,
    @Res({ passthrough: true }) response: Response,
  ): Promise<void> {
    const { job } = await this.publishing.publish(name, version, principalId);
    setLocation(response, `/jobs/${job.id}`);
  }

  @Post(':version/deletion')
  @Form()
  async deleteDraft(
    @Param('name') name: string,
    @Param('version') version: string,
    @Res({ passthrough: true }) response: Response,
  ): Promise<void> {
    await this.versions.deleteDraft(name, version);
    setLocation(response, '/drafts?done=draft-deleted');
  }

  @Post(':version/withdrawal')
  @Access('content.withdraw')
  @Form()
  async withdraw(
    @Param('name') name: string,
    @Param('version') version: string,
    @Body() { reason, move_aliases_to: moveAliasesTo }: WithdrawForm,
    @Res({ passthrough: true }) response: Response,
  ): Promise<void> {
    const moved = moveAliasesTo === undefined ? {} : { moveAliasesTo };
    await this.withdrawals.withdraw(name, version, { reason, ...moved });
    setLocation(response, `/images/${name}?done=withdrawn`);
  }

  @Post(':version/restoration')
  @Access('content.withdraw')
  @Form()
  async restore(
    @Param('name') name: string,
    @Param('version') version: string,
    @Res({ passthrough: true }) response: Response,
  ): Promise<void> {
    await this.withdrawals.restore(name, version);
    setLocation(response, `/images/${name}?done=restored`);
  }
}
