import { Deprecations, Withdrawals } from '@imgsrv/catalog';
import { Body, Controller, Delete, HttpCode, Param, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Access } from '../access/access.decorator.js';
import { DescribeProblems } from '../problem/describe-problems.js';
import { DeprecateVersionRequest, WithdrawVersionRequest } from './lifecycle.dto.js';
import { toVersionResponse, VersionResponse } from './version.dto.js';

const NOT_PUBLISHED = { 410: 'The version is withdrawn', 412: 'The version is not published' } as const;

@ApiTags('images')
@Controller('v1/images/:name/versions/:version')
export class VersionLifecycleController {
  constructor(
    private readonly deprecations: Deprecations,
    private readonly withdrawals: Withdrawals,
  ) {}

  /** Marks a published version as not to be used any more; it is served as before. Repeating it replaces the reason. */
  @Post('deprecation')
  @HttpCode(200)
  @Access('content.write')
  @DescribeProblems({ ...NOT_PUBLISHED, 412: 'The version, or its successor, is not published' })
  async deprecate(
    @Param('name') name: string,
    @Param('version') version: string,
    @Body() body: DeprecateVersionRequest,
  ): Promise<VersionResponse> {
    const deprecated = await this.deprecations.deprecate(name, version, {
      reason: body.reason,
      ...(body.successor === undefined ? {} : { successor: body.successor }),
    });
    return toVersionResponse(deprecated);
  }

  /** Takes the mark back. */
  @Delete('deprecation')
  @HttpCode(204)
  @Access('content.write')
  @DescribeProblems(NOT_PUBLISHED)
  async takeBackDeprecation(@Param('name') name: string, @Param('version') version: string): Promise<void> {
    await this.deprecations.takeBack(name, version);
  }

  /** Takes a published version out of every list at once; its name is never free again. */
  @Post('withdrawal')
  @HttpCode(200)
  @Access('content.withdraw')
  @DescribeProblems({
    409: 'Aliases name the version and nothing says where they move, or their names stand for something else',
    410: 'The version is withdrawn already',
    412: 'The version, or the one that the aliases move to, is not published',
  })
  async withdraw(
    @Param('name') name: string,
    @Param('version') version: string,
    @Body() body: WithdrawVersionRequest,
  ): Promise<VersionResponse> {
    const withdrawn = await this.withdrawals.withdraw(name, version, {
      reason: body.reason,
      ...(body.move_aliases_to === undefined ? {} : { moveAliasesTo: body.move_aliases_to }),
    });
    return toVersionResponse(withdrawn);
  }

  /** Serves a withdrawn version again, exactly as before, until its window is over. Aliases do not come back. */
  @Delete('withdrawal')
  @HttpCode(204)
  @Access('content.withdraw')
  @DescribeProblems({ 412: 'The version is not withdrawn, or can no longer be restored' })
  async restore(@Param('name') name: string, @Param('version') version: string): Promise<void> {
    await this.withdrawals.restore(name, version);
  }
}
