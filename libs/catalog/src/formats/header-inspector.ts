import type { HeaderInspector } from '@imgsrv/cas';
import { HEADER_BYTES, inspectHeader } from './inspect-header.js';

/** What uploads are told of the formats of images. */
export const HEADER_INSPECTOR: HeaderInspector = {
  headerBytes: HEADER_BYTES,
  inspect: (head, sizeBytes) => {
    const { detected, insideGzip, virtualSizeBytes, refusal } = inspectHeader(head, sizeBytes);
    return {
      detectedFormat: detected,
      ...(insideGzip === undefined ? {} : { insideGzip }),
      ...(virtualSizeBytes === undefined ? {} : { virtualSizeBytes }),
      ...(refusal === undefined ? {} : { refusal }),
    };
  },
};
