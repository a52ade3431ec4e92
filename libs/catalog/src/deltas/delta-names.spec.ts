import { findDeltaFormat, refuseOtherFormat, requireBaseOfDelta } from './delta-names.js';

it.each([
  ['squashfs.vcdiff', undefined, 'Say as base_version'],
  ['disk-kvm.img.vcdiff', undefined, 'Say as base_version'],
  ['incus.tar.xz', '1.0', 'Only squashfs.vcdiff and disk-kvm.img.vcdiff have a base_version'],
  ['root.tar.xz.vcdiff', '1.0', 'not root.tar.xz.vcdiff'],
])('refuses %s with the base %s', (name, baseVersion, refusal) => {
  const attachment = { name, ...(baseVersion === undefined ? {} : { baseVersion }) };
  expect(() => {
    requireBaseOfDelta(attachment);
  }).toThrow(refusal);
});

it.each([
  ['squashfs.vcdiff', '1.0'],
  ['notes.txt', undefined],
])('takes %s with the base %s', (name, baseVersion) => {
  requireBaseOfDelta({ name, ...(baseVersion === undefined ? {} : { baseVersion }) });
});

it.each([
  ['qcow2', 'squashfs.vcdiff'],
  ['rootfs.tar.xz', 'squashfs.vcdiff'],
  ['squashfs', 'disk-kvm.img.vcdiff'],
  ['raw', 'disk-kvm.img.vcdiff'],
] as const)('refuses an artifact of %s with %s', (format, name) => {
  expect(() => {
    refuseOtherFormat({ format }, { name });
  }).toThrow(`The attachment ${name} makes artifacts of`);
});

it.each([
  ['squashfs', 'squashfs.vcdiff'],
  ['qcow2', 'disk-kvm.img.vcdiff'],
] as const)('takes an artifact of %s with %s', (format, name) => {
  refuseOtherFormat({ format }, { name });
  expect(findDeltaFormat(name)).toBe(format);
});
