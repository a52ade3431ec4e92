import { register } from 'node:module';

// Jest transforms tests, but resolves nothing for this file.
register('./typescript-hooks.mjs', import.meta.url);
const { JestRun } = await import('./jest-run.ts');

export default async () => {
  globalThis.imgsrvJestRun = await JestRun.begin();
};
