import { describeWith } from '../fixtures/requirement.js';
import { describeImageClient } from './image-client.contract.js';
import { serveImages } from './served-images.js';

describeWith(['lxc', 'images'], 'the lxc client of LXD', () => {
  describeImageClient(
    {
      command: 'lxc',
      metadataName: 'lxd.tar.xz',
      foreignMetadataName: 'incus.tar.xz',
      ownAddress: '127.0.0.3',
    },
    serveImages(),
  );
});
