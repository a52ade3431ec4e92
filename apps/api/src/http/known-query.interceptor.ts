import {
  type CallHandler,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
  type Type,
} from '@nestjs/common';
import { PARAMTYPES_METADATA, ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import { Reflector } from '@nestjs/core';
import { getMetadataStorage } from 'class-validator';
import type { Request } from 'express';
import type { Observable } from 'rxjs';
import { findAccessRule } from '../access/access.decorator.js';

/**
 * Takes the parameters that nobody knows out of the queries of anonymous reads: links that were shared, caches and
 * trackers add them. Everywhere else validation refuses them.
 */
@Injectable()
export class KnownQueryInterceptor implements NestInterceptor {
  constructor(private readonly reflector: Reflector) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<Request>();
    const rule = findAccessRule(this.reflector, context.getClass(), context.getHandler());
    if (rule === 'anonymous' && (request.method === 'GET' || request.method === 'HEAD')) {
      const known = knownParameters(context);
      const kept = Object.entries(request.query).filter(([name]) => known.has(name));
      // Express parses it anew whenever it is asked for.
      Object.defineProperty(request, 'query', { value: Object.fromEntries(kept) });
    }
    return next.handle();
  }
}

/** The members of the class that describes the query of a route; none when there is no such class. */
function knownParameters(context: ExecutionContext): ReadonlySet<string> {
  const name = context.getHandler().name;
  const places: unknown = Reflect.getMetadata(ROUTE_ARGS_METADATA, context.getClass(), name);
  const types: unknown = Reflect.getMetadata(
    PARAMTYPES_METADATA,
    context.getClass().prototype as object,
    name,
  );
  const described = Object.keys(places ?? {})
    .filter((key) => key.startsWith(`${RouteParamtypes.QUERY}:`))
    .map((key): unknown => (Array.isArray(types) ? types[Number(key.split(':')[1])] : undefined))
    .filter((type) => typeof type === 'function');
  return new Set(
    described.flatMap((type) =>
      getMetadataStorage()
        .getTargetValidationMetadatas(type as Type, '', false, false)
        .map(({ propertyName }) => propertyName),
    ),
  );
}
