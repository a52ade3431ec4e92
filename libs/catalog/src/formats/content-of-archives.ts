import { DISK_LIMIT, readToEnd, TAR_LIMIT, toRelativePath, walkTar } from '../archives/whole-archive.js';
import { UnsoundArchiveError } from '../archives/unsound-archive.error.js';
import { type ContentCheck, toFinding } from './content-check.js';

/** A sound gzip file that holds something; what it holds is told by its first bytes. */
export const rawGzContent: ContentCheck = {
  name: 'raw-gz',
  version: 2,
  judge: async (source) => {
    let virtualSizeBytes = 0;
    const problem = await readToEnd(source, 'gzip', DISK_LIMIT, async (bytes) => {
      if ((await bytes.read(1)) === undefined) throw new UnsoundArchiveError('The gzip data holds no disk.');
      virtualSizeBytes = 1 + (await bytes.drain());
      return undefined;
    });
    return problem === undefined ? { virtualSizeBytes } : { problem };
  },
};

/** A sound tar archive whose top is the top of the file system. */
export const rootfsTarXzContent: ContentCheck = {
  name: 'rootfs-tar-xz',
  version: 1,
  judge: async (source) =>
    toFinding(
      await readToEnd(source, 'xz', TAR_LIMIT, async (bytes) => {
        const tops = new Set<string>();
        await walkTar(bytes, ({ name }) => {
          const top = topOf(name);
          if (!BESIDE_ROOTFS.has(top)) tops.add(top === 'rootfs' ? top : 'other');
        });
        if (!tops.has('rootfs') || tops.has('other')) return undefined;
        return (
          'All files are below rootfs/, so an instance would find none where it looks for them. ' +
          'Pack what is in that folder: tar -C rootfs -cJf rootfs.tar.xz .'
        );
      }),
    ),
};

/** A sound tar archive with a root file system below `rootfs/`. */
export const incusTarGzContent: ContentCheck = {
  name: 'incus-tar-gz',
  version: 1,
  judge: async (source) =>
    toFinding(
      await readToEnd(source, 'gzip', TAR_LIMIT, async (bytes) => {
        const seen = new Set<'rootfs' | 'rootfs.img'>();
        await walkTar(bytes, ({ name }) => {
          const top = topOf(name);
          if (top === 'rootfs' || top === 'rootfs.img') seen.add(top);
        });
        if (seen.has('rootfs.img')) return DISK_INSIDE;
        return seen.has('rootfs')
          ? undefined
          : 'The archive has no rootfs/. Put the root file system below rootfs/, beside metadata.yaml, or publish it as ' +
              'rootfs.tar.xz or squashfs with the metadata as the attachment incus.tar.xz.';
      }),
    ),
};

/** What the top folder of a root file system never consists of alone. */
const BESIDE_ROOTFS = new Set(['', 'metadata.yaml', 'templates']);

/** Source: `shared/simplestreams/products.go` of lxc/incus, which takes every unified image for a container. */
const DISK_INSIDE =
  'The archive holds rootfs.img, the disk of a virtual machine, but Simple Streams has unified images of containers only. ' +
  'Publish rootfs.img as an artifact of the format qcow2, and metadata.yaml with the templates as its attachment incus.tar.xz.';

function topOf(name: string): string {
  return toRelativePath(name).split('/', 1)[0] ?? '';
}
