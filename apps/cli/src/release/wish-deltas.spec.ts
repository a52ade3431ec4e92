import type { PlannedArtifact } from './release-plan.js';
import { wishDeltas } from './wish-deltas.js';

function artifact(changes: Partial<PlannedArtifact> = {}): PlannedArtifact {
  return {
    file: 'root.squashfs',
    operatingSystem: 'debian',
    architecture: 'amd64',
    variant: 'default',
    format: 'squashfs',
    mediaType: 'application/octet-stream',
    attachments: [],
    facts: {},
    ...changes,
  };
}

const attached = (name: string) =>
  artifact({ attachments: [{ name, file: name, mediaType: 'application/octet-stream' }] });

it('wishes deltas of what brings none, and leaves the rest as it is', () => {
  const others = [
    attached('squashfs.vcdiff'),
    attached('disk-kvm.img.vcdiff'),
    artifact({ format: 'raw' }),
    artifact({ format: 'incus.tar.gz' }),
    artifact({ facts: { delta_from: '0.9' } }),
  ];
  const wished = wishDeltas([artifact({ format: 'qcow2', facts: { cloud_init: true } }), ...others], '1.0');
  const facts = { cloud_init: true, delta_from: '1.0' };
  expect(wished).toEqual([artifact({ format: 'qcow2', facts }), ...others]);
});

it('does nothing when no version is said', () => {
  const artifacts = [artifact()];
  expect(wishDeltas(artifacts, undefined)).toBe(artifacts);
});

it.each([[artifact({ format: 'rootfs.tar.xz' })], [attached('squashfs.vcdiff')]])(
  'refuses a version when nothing needs it',
  (other) => {
    expect(() => wishDeltas([other], '1.0')).toThrow('there are none');
  },
);
