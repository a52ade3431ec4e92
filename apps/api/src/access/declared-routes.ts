import { Injectable, RequestMethod, type Type } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { DiscoveryService, MetadataScanner, Reflector } from '@nestjs/core';
import { isPage } from '../page/page.decorator.js';
import { type AccessRule, findAccessRule } from './access.decorator.js';

export interface DeclaredRoute {
  /** `GET`, `POST`, … */
  readonly method: string;
  /** With `:name` for parameters and a leading slash. */
  readonly path: string;
  /** `Controller.method`, to find it in the code. */
  readonly handler: string;
  /** Absent: nobody said who may call it. */
  readonly rule?: AccessRule;
  /** For people, not for programs. */
  readonly isPage: boolean;
}

/** Lists the routes of all controllers of the running application. */
@Injectable()
export class DeclaredRoutes {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly reflector: Reflector,
  ) {}

  list(): DeclaredRoute[] {
    return this.discovery
      .getControllers()
      .flatMap(({ metatype }) => (typeof metatype === 'function' ? this.routesOf(metatype as Type) : []));
  }

  private routesOf(controller: Type): DeclaredRoute[] {
    const prototype = controller.prototype as Record<string, unknown>;
    return this.scanner.getAllMethodNames(prototype).flatMap((name) => {
      const method = prototype[name];
      return typeof method === 'function' ? this.routesOfMethod(controller, method) : [];
    });
  }

  private routesOfMethod(controller: Type, method: Handler): DeclaredRoute[] {
    const verb = this.reflector.get<RequestMethod | undefined>(METHOD_METADATA, method);
    if (verb === undefined) {
      return [];
    }
    const rule = findAccessRule(this.reflector, controller, method);
    const found = {
      method: RequestMethod[verb],
      handler: `${controller.name}.${method.name}`,
      isPage: isPage(this.reflector, controller),
      ...(rule === undefined ? {} : { rule }),
    };
    return this.pathsOf(controller).flatMap((prefix) =>
      this.pathsOf(method).map((path) => ({ ...found, path: join(prefix, path) })),
    );
  }

  private pathsOf(target: Type | Handler): readonly string[] {
    return [this.reflector.get<string | string[] | undefined>(PATH_METADATA, target) ?? ''].flat();
  }
}

type Handler = Parameters<Reflector['get']>[1] & { readonly name: string };

function join(prefix: string, path: string): string {
  return `/${[prefix, path]
    .flatMap((part) => part.split('/'))
    .filter(Boolean)
    .join('/')}`;
}
