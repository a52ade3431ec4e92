import {
  Body,
  Controller,
  Delete,
  Get,
  Header,
  HttpCode,
  Param,
  Post,
  Query,
  Req,
  Res,
} from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { apiTokenId, ApiTokens, principalId } from '@imgsrv/auth';
import type { Request, Response } from 'express';
import { Access } from '../access/access.decorator.js';
import { linkNextPage, setLocation } from '../http/links.js';
import { PageQuery, toPageRequest } from '../http/page.js';
import { DescribeProblems } from '../problem/describe-problems.js';
import {
  ApiTokenListResponse,
  IssueApiTokenRequest,
  IssuedApiTokenResponse,
  toApiTokenResponse,
  toIssuedApiTokenResponse,
} from './api-token.dto.js';

@ApiTags('auth')
@Controller('v1/auth')
@Access('auth.manage')
export class ApiTokensController {
  constructor(private readonly apiTokens: ApiTokens) {}

  /** Issues a token; its plaintext is in this answer only. */
  @Post('principals/:principal_id/api-tokens')
  @Header('Cache-Control', 'no-store')
  async issue(
    @Param('principal_id') owner: string,
    @Body() body: IssueApiTokenRequest,
    @Res({ passthrough: true }) response: Response,
  ): Promise<IssuedApiTokenResponse> {
    const issued = await this.apiTokens.issue(principalId(owner), {
      name: body.name ?? '',
      expiresAt: body.expires_at,
    });
    setLocation(response, `/v1/auth/api-tokens/${issued.token.id}`);
    return toIssuedApiTokenResponse(issued);
  }

  /** The tokens of a principal, oldest first, expired and revoked ones included. */
  @Get('principals/:principal_id/api-tokens')
  async list(
    @Param('principal_id') owner: string,
    @Query() query: PageQuery,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<ApiTokenListResponse> {
    const page = await this.apiTokens.list(principalId(owner), toPageRequest(query));
    linkNextPage(request, response, page.nextCursor);
    return { api_tokens: page.items.map(toApiTokenResponse) };
  }

  /** Ends a token at once; the last one of the last usable auth-manager cannot be revoked. */
  @Delete('api-tokens/:token_id')
  @HttpCode(204)
  @DescribeProblems({ 409: 'It would leave no usable auth-manager' })
  async revoke(@Param('token_id') id: string): Promise<void> {
    await this.apiTokens.revoke(apiTokenId(id));
  }
}
