import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Param,
  Patch,
  Post,
  Put,
  Query,
  Req,
  Res,
} from '@nestjs/common';
import { ApiBody, ApiTags } from '@nestjs/swagger';
import { principalId, Principals } from '@imgsrv/auth';
import type { Request, Response } from 'express';
import { Access } from '../access/access.decorator.js';
import { linkNextPage, setLocation } from '../http/links.js';
import { PageQuery, toPageRequest } from '../http/page.js';
import { DescribeProblems } from '../problem/describe-problems.js';
import { toImageScope } from './image-patterns.dto.js';
import {
  AssignRoleRequest,
  CreatePrincipalRequest,
  PrincipalListResponse,
  PrincipalResponse,
  toPrincipalResponse,
  UpdatePrincipalRequest,
} from './principal.dto.js';

@ApiTags('auth')
@Controller('v1/auth/principals')
@Access('auth.manage')
export class PrincipalsController {
  constructor(private readonly principals: Principals) {}

  /** Creates an enabled principal without roles. */
  @Post()
  async create(
    @Body() body: CreatePrincipalRequest,
    @Res({ passthrough: true }) response: Response,
  ): Promise<PrincipalResponse> {
    const created = await this.principals.create({
      kind: body.kind,
      displayName: body.display_name,
      ...(body.attributes === undefined ? {} : { attributes: body.attributes }),
    });
    setLocation(response, `/v1/auth/principals/${created.id}`);
    return toPrincipalResponse(created);
  }

  /** All principals that are not deleted, oldest first. */
  @Get()
  async list(
    @Query() query: PageQuery,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<PrincipalListResponse> {
    const page = await this.principals.list(toPageRequest(query));
    linkNextPage(request, response, page.nextCursor);
    return { principals: page.items.map(toPrincipalResponse) };
  }

  /** A principal. */
  @Get(':principal_id')
  async get(@Param('principal_id') id: string): Promise<PrincipalResponse> {
    return toPrincipalResponse(await this.principals.get(principalId(id)));
  }

  /** Renames, disables or enables a principal; the last usable auth-manager cannot be disabled. */
  @Patch(':principal_id')
  @DescribeProblems({ 409: 'It would leave no usable auth-manager' })
  async update(
    @Param('principal_id') id: string,
    @Body() body: UpdatePrincipalRequest,
  ): Promise<PrincipalResponse> {
    return toPrincipalResponse(
      await this.principals.update(principalId(id), {
        ...(body.display_name === undefined ? {} : { displayName: body.display_name }),
        ...(body.disabled === undefined ? {} : { disabled: body.disabled }),
      }),
    );
  }

  /** Revokes all its credentials for good; the last usable auth-manager cannot be deleted. */
  @Delete(':principal_id')
  @HttpCode(204)
  @DescribeProblems({ 409: 'It would leave no usable auth-manager' })
  async delete(@Param('principal_id') id: string): Promise<void> {
    await this.principals.delete(principalId(id));
  }

  /** Gives a role, content-writer for some images only if so desired; giving it again replaces these. */
  @Put(':principal_id/roles/:role_id')
  @HttpCode(204)
  @ApiBody({ type: AssignRoleRequest, required: false })
  async assignRole(
    @Param('principal_id') id: string,
    @Param('role_id') roleId: string,
    @Body() body: AssignRoleRequest,
  ): Promise<void> {
    await this.principals.assignRole(principalId(id), roleId, toImageScope(body.image_patterns));
  }

  /** Takes a role; the last usable auth-manager keeps its own, and what rules give only they can take. */
  @Delete(':principal_id/roles/:role_id')
  @HttpCode(204)
  @DescribeProblems({ 409: 'It would leave no usable auth-manager, or provisioning rules give the role' })
  async removeRole(@Param('principal_id') id: string, @Param('role_id') roleId: string): Promise<void> {
    await this.principals.removeRole(principalId(id), roleId);
  }
}
