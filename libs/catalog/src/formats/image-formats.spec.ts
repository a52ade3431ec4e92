import { FORMAT_NAMES, getFormat, IMAGE_FORMATS } from './image-formats.js';

it('lists exactly the formats of the API contract', () => {
  expect(FORMAT_NAMES).toEqual(['qcow2', 'raw', 'raw.gz', 'squashfs', 'rootfs.tar.xz', 'incus.tar.gz']);
});

test.each([
  ['qcow2', 'disk-kvm.img', 'virtual-machine'],
  ['raw', undefined, 'virtual-machine'],
  ['raw.gz', undefined, 'virtual-machine'],
  ['squashfs', 'squashfs', 'container'],
  ['rootfs.tar.xz', 'root.tar.xz', 'container'],
  ['incus.tar.gz', 'incus_combined.tar.gz', 'container'],
] as const)('%s is the Simple Streams item %s of a %s', (name, ftype, imageType) => {
  expect(getFormat(name)).toMatchObject({ name, imageType });
  expect(getFormat(name).streamsItem?.ftype).toBe(ftype);
});

test.each(IMAGE_FORMATS.map((format) => [format.name, format] as const))(
  '%s names one way to tell its bytes',
  (_name, format) => {
    expect(format.containers.length).toBeGreaterThan(0);
    expect('insideGzip' in format).toBe((format.containers as readonly string[]).includes('gzip'));
  },
);

test.each(['constructor', '__proto__', 'QCOW2', ''])('has no format %p', (name) => {
  expect(() => getFormat(name as 'raw')).toThrow(RangeError);
});
