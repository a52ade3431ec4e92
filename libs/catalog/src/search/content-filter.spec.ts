import { InvalidTextError } from '../catalog.errors.js';
import { parseLabel } from './content-filter.js';

it.each([
  '',
  'team',
  '=platform',
  ' team=platform',
  'te am=platform',
  `team=${'x'.repeat(257)}`,
  'team=a\u0000b',
  '__proto__',
])('refuses the label %j', (text) => {
  expect(() => parseLabel(text)).toThrow(InvalidTextError);
});

it.each([
  ['team=platform', { key: 'team', value: 'platform' }],
  ['example.com/build=a=b', { key: 'example.com/build', value: 'a=b' }],
  ['empty=', { key: 'empty', value: '' }],
])('reads the label %j', (text, label) => {
  expect(parseLabel(text)).toEqual(label);
});
