import type { Type } from '@nestjs/common';
import { applyDecorators, SetMetadata } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ApiExcludeController } from '@nestjs/swagger';

const PAGE = 'imgsrv:page';

/**
 * Marks a controller whose routes are for people: they take the session cookie for a credential where no Authorization
 * header is sent, and are no part of the API.
 */
export const Page = (): ClassDecorator => applyDecorators(SetMetadata(PAGE, true), ApiExcludeController());

export function isPage(reflector: Reflector, controller: Type): boolean {
  return reflector.get<boolean | undefined>(PAGE, controller) === true;
}
