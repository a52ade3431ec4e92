import type { ImageFormat } from './image-format.js';
import { qcow2Content } from './qcow2/qcow2-content.js';

/** A self-contained qcow2 disk; clients of Simple Streams take it as the disk of a virtual machine. */
export const qcow2 = {
  name: 'qcow2',
  imageType: 'virtual-machine',
  containers: ['qcow2'],
  contentCheck: qcow2Content,
  fileExtension: 'qcow2',
  streamsItem: {
    ftype: 'disk-kvm.img',
    // virt-builder takes the item of this key, whatever its ftype.
    itemKey: 'disk1.img',
    clients: ['incus', 'lxd'],
    combinedHashFields: ['combined_disk-kvm-img_sha256'],
    rank: 0,
  },
} as const satisfies ImageFormat;
