import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CLI_VERSION } from './version.js';

it('is that of the package', () => {
  const text = readFileSync(join(import.meta.dirname, '..', '..', '..', 'package.json'), 'utf8');
  expect(CLI_VERSION).toBe((JSON.parse(text) as { readonly version: string }).version);
});
