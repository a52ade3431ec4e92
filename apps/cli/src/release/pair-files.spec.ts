import type { FileRole, FormatName } from '../formats/recognise-file.js';
import { pairFiles } from './pair-files.js';

const root = (file: string, format: FormatName = 'qcow2') => ({
  file,
  role: { kind: 'root', format } as FileRole,
});
const incus = (file: string) => ({ file, role: { kind: 'metadata', name: 'incus.tar.xz' } as FileRole });
const lxd = (file: string) => ({ file, role: { kind: 'metadata', name: 'lxd.tar.xz' } as FileRole });
const defaults = { operatingSystem: 'debian', variant: 'default' };

/** Which files are attached to each root. */
function paired(
  files: readonly { readonly file: string; readonly role: FileRole }[],
): Record<string, string[]> {
  return Object.fromEntries(
    pairFiles(files, { ...defaults, architecture: 'amd64' }).map(({ file, attachments }) => [
      file,
      attachments.map((other) => other.file),
    ]),
  );
}

it.each([
  [
    'one for all',
    [root('a.qcow2'), root('a.squashfs', 'squashfs'), incus('incus.tar.xz')],
    { 'a.qcow2': ['incus.tar.xz'], 'a.squashfs': ['incus.tar.xz'] },
  ],
  [
    'both kinds',
    [root('a.qcow2'), incus('incus.tar.xz'), lxd('lxd.tar.xz')],
    { 'a.qcow2': ['incus.tar.xz', 'lxd.tar.xz'] },
  ],
  [
    'those of a folder',
    [root('x/a.qcow2'), root('y/a.qcow2'), incus('x/incus.tar.xz'), incus('y/incus.tar.xz')],
    { 'x/a.qcow2': ['x/incus.tar.xz'], 'y/a.qcow2': ['y/incus.tar.xz'] },
  ],
  [
    'those of a machine',
    [
      root('a-amd64.qcow2'),
      root('a-arm64.qcow2'),
      incus('m-amd64.incus.tar.xz'),
      incus('m-arm64.incus.tar.xz'),
    ],
    { 'a-amd64.qcow2': ['m-amd64.incus.tar.xz'], 'a-arm64.qcow2': ['m-arm64.incus.tar.xz'] },
  ],
  [
    'those of a name',
    [root('vm.qcow2'), root('ct.squashfs', 'squashfs'), incus('vm.incus.tar.xz'), incus('ct.incus.tar.xz')],
    { 'vm.qcow2': ['vm.incus.tar.xz'], 'ct.squashfs': ['ct.incus.tar.xz'] },
  ],
  [
    'none to a raw disk',
    [root('a.raw', 'raw'), root('a.qcow2'), incus('incus.tar.xz')],
    { 'a.raw': [], 'a.qcow2': ['incus.tar.xz'] },
  ],
])('attaches metadata: %s', (_what, files, expected) => {
  expect(paired(files)).toEqual(expected);
});

it.each([
  ['no root', [incus('incus.tar.xz')], 'There is no image'],
  ['metadata that no root takes', [root('a.raw', 'raw'), incus('incus.tar.xz')], 'no file takes it'],
  [
    'two of one kind for a root',
    [root('a.qcow2'), incus('x.incus.tar.xz'), incus('y.incus.tar.xz')],
    'would have two incus.tar.xz',
  ],
])('refuses %s', (_what, files, message) => {
  expect(() => paired(files)).toThrow(message);
});

it('takes the machine from the name, or asks for it', () => {
  expect(pairFiles([root('disk-aarch64.qcow2')], defaults)).toMatchObject([{ architecture: 'arm64' }]);
  expect(() => pairFiles([root('disk.qcow2')], defaults)).toThrow('Which machine');
});
