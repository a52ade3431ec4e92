import { guessArchitecture } from './guess-architecture.js';

it.each([
  ['debian-12-amd64.qcow2', 'amd64'],
  ['debian-12-x86_64.qcow2', 'amd64'],
  ['disk_x86_64_uefi.img', 'amd64'],
  ['disk_arm64.img', 'arm64'],
  ['root.AARCH64.squashfs', 'arm64'],
  ['/build/amd64/disk.qcow2', undefined],
  ['amd64-to-arm64.raw', undefined],
  ['charm64.raw', undefined],
  ['disk.raw', undefined],
])('finds in %s the machine %s', (file, expected) => {
  expect(guessArchitecture(file)).toBe(expected);
});
