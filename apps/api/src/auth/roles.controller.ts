import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ROLES } from '@imgsrv/auth';
import { Access } from '../access/access.decorator.js';
import { RoleListResponse, toRoleResponse } from './role.dto.js';

@ApiTags('auth')
@Controller('v1/auth/roles')
@Access('auth.manage')
export class RolesController {
  /** The roles a principal can have. */
  @Get()
  list(): RoleListResponse {
    return { roles: ROLES.map(toRoleResponse) };
  }
}
