import { apiTokenId, ApiTokens, imagePattern, type ImageScope, principalId, Principals } from '@imgsrv/auth';
import { Body, Controller, Get, Param, Post, Query, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { Access } from '../../access/access.decorator.js';
import { setLocation } from '../../http/links.js';
import { sendPage } from '../layout/send-page.js';
import { Page } from '../page.decorator.js';
import { Form } from '../session/form.interceptor.js';
import { DoneQuery, ListQuery } from '../session/sign-in.dto.js';
import {
  CreatePrincipalForm,
  IssueTokenForm,
  PrincipalStateForm,
  RemoveRoleForm,
  RevokeTokenForm,
  RoleForm,
} from './admin.dto.js';
import { principalPage } from './principal.view.js';
import { principalsPage } from './principals.view.js';
import { tokenPage } from './token.view.js';

const PRINCIPALS_A_PAGE = 100;
const SHOWN_TOKENS = 200;
const DAY_MS = 86_400_000;

/** Who may do what, for auth managers. */
@Page()
@Controller('admin/principals')
@Access('auth.manage')
export class PrincipalsPageController {
  constructor(
    private readonly principals: Principals,
    private readonly tokens: ApiTokens,
  ) {}

  @Get()
  async list(
    @Query() { cursor, done }: ListQuery,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const asked = { limit: PRINCIPALS_A_PAGE, ...(cursor === undefined ? {} : { cursor }) };
    await sendPage(request, response, principalsPage(await this.principals.list(asked), done));
  }

  @Post()
  @Form()
  async create(
    @Body() { kind, display_name: displayName }: CreatePrincipalForm,
    @Res({ passthrough: true }) response: Response,
  ): Promise<void> {
    const { id } = await this.principals.create({ kind, displayName });
    setLocation(response, pathOf(id));
  }

  @Get(':principal_id')
  async show(
    @Param('principal_id') id: string,
    @Query() { done }: DoneQuery,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const [principal, tokens] = await Promise.all([
      this.principals.get(principalId(id)),
      this.tokens.list(principalId(id), { limit: SHOWN_TOKENS }),
    ]);
    await sendPage(request, response, principalPage({ principal, tokens: tokens.items, done }));
  }

  @Post(':principal_id/state')
  @Form()
  async setState(
    @Param('principal_id') id: string,
    @Body() { disabled }: PrincipalStateForm,
    @Res({ passthrough: true }) response: Response,
  ): Promise<void> {
    await this.principals.update(principalId(id), { disabled: disabled === 'true' });
    setLocation(response, `${pathOf(id)}?done=principal-changed`);
  }

  @Post(':principal_id/roles')
  @Form()
  async assignRole(
    @Param('principal_id') id: string,
    @Body() { role, images }: RoleForm,
    @Res({ passthrough: true }) response: Response,
  ): Promise<void> {
    await this.principals.assignRole(principalId(id), role, scopeOf(images));
    setLocation(response, `${pathOf(id)}?done=principal-changed`);
  }

  @Post(':principal_id/roles/removal')
  @Form()
  async removeRole(
    @Param('principal_id') id: string,
    @Body() { role }: RemoveRoleForm,
    @Res({ passthrough: true }) response: Response,
  ): Promise<void> {
    await this.principals.removeRole(principalId(id), role);
    setLocation(response, `${pathOf(id)}?done=principal-changed`);
  }

  /** Answers with the token itself, which is shown this once. */
  @Post(':principal_id/tokens')
  @Form()
  async issue(
    @Param('principal_id') id: string,
    @Body() { name = '', days }: IssueTokenForm,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const expiresAt = new Date(Date.now() + Number(days) * DAY_MS);
    const issued = await this.tokens.issue(principalId(id), { name, expiresAt });
    await sendPage(request, response, tokenPage(issued));
  }

  @Post(':principal_id/tokens/revocation')
  @Form()
  async revoke(
    @Param('principal_id') id: string,
    @Body() { token_id: tokenId }: RevokeTokenForm,
    @Res({ passthrough: true }) response: Response,
  ): Promise<void> {
    await this.tokens.revoke(apiTokenId(tokenId));
    setLocation(response, `${pathOf(id)}?done=token-revoked`);
  }
}

function pathOf(id: string): string {
  return `/admin/principals/${id}`;
}

function scopeOf(images: string | undefined): ImageScope {
  return images === undefined ? 'all' : [...new Set(images.trim().split(/\s+/))].map(imagePattern);
}
