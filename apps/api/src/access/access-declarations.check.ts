import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { DeclaredRoutes } from './declared-routes.js';

/** Fails the start when a route says not who may call it, naming each. */
@Injectable()
export class AccessDeclarationsCheck implements OnApplicationBootstrap {
  constructor(private readonly routes: DeclaredRoutes) {}

  onApplicationBootstrap(): void {
    const undeclared = this.routes.list().filter(({ rule }) => rule === undefined);
    if (undeclared.length > 0) {
      const names = undeclared.map(({ method, path, handler }) => `${method} ${path} (${handler})`);
      throw new Error(`These routes declare no access rule, add @Access(…): ${names.join(', ')}.`);
    }
  }
}
