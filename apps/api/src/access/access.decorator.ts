import type { ExecutionContext, Type } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Action } from '@imgsrv/auth';

/**
 * Who may call a route. `unchecked`: everybody, and credentials are not looked at, so that the answer depends on
 * nothing; for probes. `anonymous`: everybody, but a credential that is sent must be valid. `authenticated`: every
 * known caller. An action: callers with a role that allows it.
 */
export type AccessRule = 'unchecked' | 'anonymous' | 'authenticated' | Action;

/** Declares who may call a route, or every route of a controller. A route without it cannot be served. */
export const Access = Reflector.createDecorator<AccessRule>();

/** The rule of a route: the one on its method, else the one on its controller. */
export function findAccessRule(
  reflector: Reflector,
  controller: Type,
  method: ReturnType<ExecutionContext['getHandler']>,
): AccessRule | undefined {
  return reflector.getAllAndOverride<AccessRule | undefined>(Access.KEY, [method, controller]);
}
