import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Caller } from '@imgsrv/auth';
import { Access } from '../access/access.decorator.js';
import { CurrentCaller } from '../access/current-caller.decorator.js';
import { toWhoamiResponse, WhoamiResponse } from './whoami.dto.js';

@ApiTags('auth')
@Controller('v1/auth/whoami')
@Access('authenticated')
export class WhoamiController {
  /** Whose credential this is, and until when. */
  @Get()
  whoami(@CurrentCaller() caller: Caller | undefined): WhoamiResponse {
    return toWhoamiResponse(caller);
  }
}
