import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { defaultText, environmentName, SETTING_NAMES } from '../../libs/platform/src/config/settings.js';
import { SHARED_GAUGES } from '../../libs/platform/src/telemetry/shared-gauges.js';
import { describeWith } from '../fixtures/requirement.js';
import { findProblems } from './kubernetes-schema.js';
import { buildKustomization, type Manifest } from './kustomization.js';

const FOLDER = join(import.meta.dirname, '..', '..', 'docker', 'kubernetes');
const CASES = ['base', ...readdirSync(join(FOLDER, 'overlays')).map((name) => `overlays/${name}`)];

jest.setTimeout(60_000);

describe.each(CASES)('docker/kubernetes/%s', (name) => {
  const manifests = buildKustomization(join(FOLDER, name));
  const deployments = manifests.filter(isDeployment);

  it('follows the schemas of Kubernetes, without unknown fields', () => {
    expect(findProblems(manifests)).toEqual([]);
  });

  it('refers to objects that are there', () => {
    const names = (kind: string): string[] =>
      manifests.filter((manifest) => manifest.kind === kind).map(({ metadata }) => metadata.name);
    for (const { spec } of deployments) {
      expect(names('ServiceAccount')).toContain(spec.template.spec.serviceAccountName);
      for (const { envFrom = [] } of containersOf(spec.template.spec)) {
        for (const { configMapRef } of envFrom) expect(names('ConfigMap')).toContain(configMapRef.name);
      }
      expect(spec.template.metadata.labels).toEqual(spec.selector.matchLabels);
    }
    for (const scaler of manifests.filter(isScaler)) {
      expect(names('Deployment')).toContain(scaler.spec.scaleTargetRef.name);
    }
    const labelled = deployments.map(({ spec }) => spec.template.metadata.labels);
    for (const { metadata, spec } of manifests.filter(selectsPods)) {
      const selector = podSelectorOf(spec);
      const selected = labelled.filter((labels) =>
        Object.entries(selector).every(([key, value]) => labels[key] === value),
      );
      expect({ [metadata.name]: selected.length > 0 }).toEqual({ [metadata.name]: true });
    }
  });

  it('sets only settings that exist, and secrets only by files', () => {
    const known = SETTING_NAMES.map(environmentName);
    const given = [
      ...manifests.filter(isConfigMap).flatMap(({ data }) => Object.keys(data)),
      ...deployments.flatMap(({ spec }) =>
        containersOf(spec.template.spec).flatMap(({ env = [] }) => env.map((entry) => entry.name)),
      ),
    ];
    expect(given.filter((setting) => !known.includes(setting))).toEqual([]);
    expect(given.filter((setting) => /(POSTGRES_URL|ACCESS_KEY|TOKEN)$/.test(setting))).toEqual([]);
    expect(manifests.filter(({ kind }) => kind === 'Secret')).toEqual([]);
  });

  it('mounts the files that the settings name', () => {
    const files = manifests.filter(isConfigMap).flatMap(({ data }) =>
      Object.entries(data)
        .filter(([key]) => key.endsWith('_FILE'))
        .map(([, file]) => file),
    );
    expect(files).toHaveLength(3);
    for (const { spec } of deployments) {
      for (const { volumeMounts } of containersOf(spec.template.spec)) {
        expect(
          files.every((file) => volumeMounts.some(({ mountPath }) => file.startsWith(`${mountPath}/`))),
        ).toBe(true);
      }
    }
  });

  it('gives no container more than it needs', () => {
    for (const { spec } of deployments) {
      const pod = spec.template.spec;
      expect(pod).toMatchObject({
        automountServiceAccountToken: false,
        securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
      });
      for (const { securityContext, resources } of containersOf(pod)) {
        expect(securityContext).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        });
        expect(Object.keys(resources)).toEqual(['requests', 'limits']);
      }
    }
  });

  it('shows the password of the owner to the container that migrates only', () => {
    for (const { spec } of deployments) {
      const { initContainers, containers, volumes } = spec.template.spec;
      const owners = volumes
        .filter(({ secret }) => secret?.secretName === 'imgsrv-owner')
        .map((volume) => volume.name);
      expect(owners).toHaveLength(1);
      const mounted = (list: readonly Container[]): string[] =>
        list.flatMap(({ volumeMounts }) => volumeMounts.map((mount) => mount.name));
      expect(mounted(initContainers)).toEqual(owners);
      expect(mounted(containers).filter((volume) => owners.includes(volume))).toEqual([]);
    }
  });

  it('gives the worker, and nobody else, room to make deltas in, and no more than it is set to take', () => {
    const room = deployments.map(({ spec }) => {
      const { volumes, containers } = spec.template.spec;
      const mounted = containers.flatMap(({ volumeMounts }) => volumeMounts);
      return volumes.flatMap(({ name, emptyDir }) =>
        emptyDir === undefined
          ? []
          : [[emptyDir.sizeLimit, mounted.find((mount) => mount.name === name)?.mountPath]],
      );
    });
    expect(room).toEqual([[], [['17Gi', '/var/lib/imgsrv']]]);
    expect(defaultText('delta-scratch-size', 'worker')).toBe('16GiB');
  });

  it('keeps api and worker apart', () => {
    const parts = deployments.map(({ metadata, spec }) => ({
      name: metadata.name,
      account: spec.template.spec.serviceAccountName,
      secrets: spec.template.spec.volumes.flatMap(({ secret }) => secret?.secretName ?? []),
      command: spec.template.spec.containers.map(({ args }) => args),
    }));
    expect(parts).toEqual(
      ['api', 'worker'].map((part) => ({
        name: `imgsrv-${part}`,
        account: `imgsrv-${part}`,
        secrets: [`imgsrv-${part}`, 'imgsrv-owner'],
        command: [[part]],
      })),
    );
  });

  it('waits longer for the end of a pod than its process takes', () => {
    for (const { spec } of deployments) {
      const [{ env = [], lifecycle } = {}] = spec.template.spec.containers as readonly Partial<Container>[];
      const seconds = (setting: string): number =>
        Number(/^(\d+)s$/.exec(env.find((entry) => entry.name === setting)?.value ?? '0s')?.[1]);
      const preStopMs = Number(/\{\}, (\d+)\)/.exec(lifecycle?.preStop.exec.command.at(-1) ?? '{}, 0)')?.[1]);
      const closing = 5;
      const needed =
        preStopMs / 1000 + seconds('IMGSRV_DRAIN_DELAY') + seconds('IMGSRV_SHUTDOWN_TIMEOUT') + closing;
      expect(needed).toBeGreaterThan(20);
      expect(spec.template.spec.terminationGracePeriodSeconds).toBeGreaterThan(needed);
    }
  });
});

describeWith('kubectl', 'kubectl kustomize', () => {
  it.each(CASES)('makes of %s what the tests look at', (name) => {
    const text = execFileSync('kubectl', ['kustomize', join(FOLDER, name)], { encoding: 'utf8' });
    const key = ({ kind, metadata }: Manifest): string => `${kind} ${metadata.name}`;
    const byKey = (manifests: readonly Manifest[]) => Object.fromEntries(manifests.map((m) => [key(m), m]));
    const real = parseAllDocuments(text).map((document) => document.toJS() as Manifest);
    expect(byKey(real)).toEqual(byKey(buildKustomization(join(FOLDER, name))));
  });
});

describe('overlays/production', () => {
  const manifests = buildKustomization(join(FOLDER, 'overlays', 'production'));

  it('leaves the number of pods to its autoscalers', () => {
    const scaled = manifests.filter(isScaler).map(({ spec }) => spec.scaleTargetRef.name);
    expect(scaled.sort()).toEqual(['imgsrv-api', 'imgsrv-worker']);
    for (const { spec } of manifests.filter(isDeployment)) expect(spec).not.toHaveProperty('replicas');
  });

  it('trusts no whole class of private networks for what the client address is', () => {
    const trusted = manifests
      .filter(isConfigMap)
      .flatMap(({ data }) => (data['IMGSRV_TRUSTED_PROXIES'] ?? '').split(','))
      .filter((network) => network !== '');
    expect(trusted).not.toEqual([]);
    expect(trusted.filter((network) => Number(network.split('/')[1] ?? '32') < 14)).toEqual([]);
  });

  it('lets downloads that are under way take 15 minutes', () => {
    const [api] = manifests.filter(isDeployment);
    const { terminationGracePeriodSeconds, containers } = api?.spec.template.spec ?? {};
    expect(terminationGracePeriodSeconds).toBeGreaterThan(900);
    expect(containers?.[0]?.env).toContainEqual({ name: 'IMGSRV_SHUTDOWN_TIMEOUT', value: '900s' });
  });

  it('lets workers out to the database and the store only, not to issuers', () => {
    const rules = manifests.filter(isEgress).flatMap(({ spec }) => {
      const isOfWorkers = spec.podSelector.matchLabels['app.kubernetes.io/component'] !== 'api';
      return isOfWorkers ? (spec.egress ?? []) : [];
    });
    const targets = rules.flatMap(({ to }): readonly (Peer | undefined)[] => to ?? [undefined]);
    expect(targets.length).toBeGreaterThan(3);
    expect(targets.filter((target) => target === undefined)).toEqual([]);
    const networks = targets.flatMap((target) => target?.ipBlock?.cidr ?? []);
    expect(networks.filter((network) => /^(?:0\.0\.0\.0|::)\/0$/.test(network))).toEqual([]);
  });
});

it('the worker scales by a metric that it has, through a rule of the adapter', () => {
  const scalers = buildKustomization(join(FOLDER, 'overlays', 'production')).filter(isScaler);
  const metrics = scalers.flatMap(({ spec }) =>
    spec.metrics.flatMap(({ external }) => external?.metric.name ?? []),
  );
  expect(metrics).toEqual([SHARED_GAUGES.oldest_queued_job_age.name]);
  const adapter = readFileSync(
    join(FOLDER, 'overlays', 'production', 'prometheus-adapter-values.yaml'),
    'utf8',
  );
  const { rules } = parse(adapter) as { rules: { external: { name: { as: string } }[] } };
  expect(rules.external.map(({ name }) => name.as)).toEqual(metrics);
});

describe('the check itself', () => {
  const [deployment] = buildKustomization(join(FOLDER, 'base')).filter(isDeployment);
  const broken: readonly (readonly [string, object])[] = [
    ['an unknown field', { spec: { ...deployment?.spec, replica: 2 } }],
    [
      'an unknown field deep inside',
      { spec: { ...deployment?.spec, strategy: { type: 'Recreate', rolling: {} } } },
    ],
    ['a value of the wrong type', { spec: { ...deployment?.spec, replicas: 'two' } }],
    ['a missing field', { spec: { replicas: 2 } }],
  ];

  it.each(broken)('finds %s', (_what, change) => {
    expect(findProblems([{ ...deployment, ...change } as Manifest]).length).toBeGreaterThan(0);
  });
});

interface Container {
  readonly name: string;
  readonly args: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
  readonly envFrom?: readonly { readonly configMapRef: { readonly name: string } }[];
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
  readonly securityContext: object;
  readonly resources: object;
  readonly lifecycle?: { readonly preStop: { readonly exec: { readonly command: readonly string[] } } };
}

interface Pod {
  readonly serviceAccountName: string;
  readonly terminationGracePeriodSeconds: number;
  readonly initContainers: readonly Container[];
  readonly containers: readonly Container[];
  readonly volumes: readonly {
    readonly name: string;
    readonly secret?: { readonly secretName: string };
    readonly emptyDir?: { readonly sizeLimit: string };
  }[];
}

type Labels = Readonly<Record<string, string>>;

interface Deployment extends Manifest {
  readonly spec: {
    readonly selector: { readonly matchLabels: Labels };
    readonly template: { readonly metadata: { readonly labels: Labels }; readonly spec: Pod };
  };
}

interface Scaler extends Manifest {
  readonly spec: {
    readonly scaleTargetRef: { readonly name: string };
    readonly metrics: readonly { readonly external?: { readonly metric: { readonly name: string } } }[];
  };
}

interface ConfigMap extends Manifest {
  readonly data: Readonly<Record<string, string>>;
}

interface PodSelection extends Manifest {
  readonly spec: {
    readonly selector?: Labels & { readonly matchLabels?: Labels };
    readonly podSelector?: { readonly matchLabels: Labels };
  };
}

interface Peer {
  readonly ipBlock?: { readonly cidr: string };
}

interface Egress extends Manifest {
  readonly spec: {
    readonly podSelector: { readonly matchLabels: Labels };
    readonly egress?: readonly { readonly to?: readonly Peer[] }[];
  };
}

function isEgress(manifest: Manifest): manifest is Egress {
  return manifest.kind === 'NetworkPolicy';
}

function isDeployment(manifest: Manifest): manifest is Deployment {
  return manifest.kind === 'Deployment';
}

function isScaler(manifest: Manifest): manifest is Scaler {
  return manifest.kind === 'HorizontalPodAutoscaler';
}

function isConfigMap(manifest: Manifest): manifest is ConfigMap {
  return manifest.kind === 'ConfigMap';
}

function selectsPods(manifest: Manifest): manifest is PodSelection {
  return ['NetworkPolicy', 'PodDisruptionBudget', 'Service'].includes(manifest.kind);
}

function podSelectorOf({ podSelector, selector }: PodSelection['spec']): Labels {
  return podSelector?.matchLabels ?? selector?.matchLabels ?? (selector as Labels);
}

function containersOf({ initContainers, containers }: Pod): readonly Container[] {
  return [...initContainers, ...containers];
}
