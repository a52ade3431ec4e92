import { describeForClients } from './describe-for-clients.js';
import type { PlannedArtifact } from './release-plan.js';

function artifact(changes: Partial<PlannedArtifact> = {}): PlannedArtifact {
  return {
    file: 'disk.qcow2',
    operatingSystem: 'debian',
    architecture: 'amd64',
    variant: 'default',
    format: 'qcow2',
    mediaType: 'application/x-qemu-disk',
    attachments: [],
    facts: {},
    ...changes,
  };
}

const attached = (name: string) =>
  artifact({ attachments: [{ name, file: name, mediaType: 'application/x-xz' }] });
const DEBIAN = { os: 'Debian', release: 'bookworm' };

it('describes what brings no metadata, and leaves the rest as it is', () => {
  const others = [
    attached('incus.tar.xz'),
    attached('lxd.tar.xz'),
    artifact({ format: 'raw' }),
    artifact({ format: 'incus.tar.gz' }),
    artifact({ facts: { incus: { os: 'Own', release: '1' } } }),
  ];
  const described = describeForClients([artifact({ facts: { secure_boot: false } }), ...others], DEBIAN);
  expect(described).toEqual([artifact({ facts: { secure_boot: false, incus: DEBIAN } }), ...others]);
});

it('passes a description on', () => {
  const [described] = describeForClients([attached('notes')], { ...DEBIAN, description: 'Minimal' });
  expect(described?.facts).toEqual({ incus: { ...DEBIAN, description: 'Minimal' } });
});

it('does nothing when no release is said', () => {
  const artifacts = [artifact()];
  expect(describeForClients(artifacts, { os: 'Debian' })).toBe(artifacts);
});

it('refuses a description without a release', () => {
  expect(() => describeForClients([artifact()], { os: 'Debian', description: 'x' })).toThrow('--release');
});

it.each([['incus.tar.xz'], ['lxd.tar.xz']])('refuses a release when every file has %s', (name) => {
  expect(() => describeForClients([attached(name)], DEBIAN)).toThrow('there are none');
});

it('refuses a release of formats that take no metadata', () => {
  expect(() => describeForClients([artifact({ format: 'raw' })], DEBIAN)).toThrow('there are none');
});
