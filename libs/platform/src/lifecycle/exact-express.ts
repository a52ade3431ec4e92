import { ExpressAdapter } from '@nestjs/platform-express';
import express from 'express';

/**
 * Express for an application of Nest, with exact paths: upper case and a slash at the end make another path, so that a
 * rule of a proxy for a path covers all that is served under it.
 */
export function exactExpress(): ExpressAdapter {
  const application = express();
  // Before anything is registered: the router keeps what it was made with.
  application.enable('case sensitive routing');
  application.enable('strict routing');
  return new ExpressAdapter(application);
}
