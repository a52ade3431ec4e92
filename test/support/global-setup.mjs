import { register } from 'node:module';

// Jest transforms tests, but resolves nothing for this file.
register('./typescript-hooks.mjs', import.meta.url);
const { JestRun } = await import('./jest-run.ts');
const { bundlePrograms } = await import('./service-programs.ts');
const { bundlePackages } = await import('./vendor-bundle.ts');

export default async () => {
  await Promise.all([bundlePrograms(), bundlePackages()]);
  globalThis.imgsrvJestRun = await JestRun.begin();
};
