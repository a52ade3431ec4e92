import type { FormatName } from '../formats/image-formats.js';
import { VERSION_NAME } from '../names/names.js';
import { refuseSecondDelta, requireDeltaFormat } from './delta-wish.js';

const WISH = { deltaFrom: VERSION_NAME.parse('1.0') };

it.each<FormatName>(['raw', 'raw.gz', 'rootfs.tar.xz', 'incus.tar.gz'])('refuses a delta of %s', (format) => {
  expect(() => {
    requireDeltaFormat({ metadata: WISH, format });
  }).toThrow(`Deltas are made for squashfs and qcow2, not for ${format}.`);
  requireDeltaFormat({ metadata: {}, format });
});

it.each<FormatName>(['squashfs', 'qcow2'])('takes a delta of %s', (format) => {
  requireDeltaFormat({ metadata: WISH, format });
});

it('refuses a delta beside the one that is to be made', () => {
  expect(() => {
    refuseSecondDelta({ metadata: WISH }, ['incus.tar.xz', 'squashfs.vcdiff']);
  }).toThrow('either delta_from, of which its delta is made, or the attachment squashfs.vcdiff');
  refuseSecondDelta({ metadata: WISH }, ['incus.tar.xz']);
  refuseSecondDelta({ metadata: {} }, ['squashfs.vcdiff']);
});
