import { readFileSync } from 'node:fs';
import { SETTING_NAMES } from '../../libs/platform/src/config/settings.js';
import { sectionOf } from '../docs/tables.js';

const README = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');

it('the README names settings that are there', () => {
  const named = [...sectionOf(README, '## Settings').matchAll(/`--([a-z0-9-]+)`/g)].map(([, name]) => name);
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter((name) => !SETTING_NAMES.some((known) => known === name))).toEqual([]);
});

it('the README stays short', () => {
  expect(README.split('\n').length).toBeLessThan(120);
});
