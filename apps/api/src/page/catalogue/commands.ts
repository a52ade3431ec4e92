import { getFormat, type Manifest, type ManifestEntry } from '@imgsrv/catalog';
import type { StreamsClient, StreamsReport } from '@imgsrv/streams';
import { html, type HtmlValue } from '../html.js';
import type { PageContext } from '../layout/page-context.js';

/** Stands for the address in commands of a service that does not know its own; a script puts in where the page came from. */
const SOMEWHERE = 'https://images.example';
/** What the remote of this service is called in commands. */
const REMOTE = 'images';

/** The address of this service, as text of a command. */
function serviceUrl({ publicUrl }: PageContext): HtmlValue {
  return publicUrl ?? html`<span data-origin>${SOMEWHERE}</span>`;
}

/** Lines of a command, in which `URL` is put where it stands for the address of this service. */
export function commandLines(context: PageContext, lines: readonly string[]): HtmlValue {
  const [first = '', ...rest] = lines.join('\n').split('{URL}');
  return [first, ...rest.flatMap((part) => [serviceUrl(context), part])];
}

export interface ClientCommands {
  readonly client: StreamsClient;
  readonly title: string;
  /** None when the client is not shown anything of the version. */
  readonly lines: readonly string[];
  /** Why not, a sentence for each artifact. */
  readonly reasons: readonly string[];
}

const PROGRAMS: Readonly<Record<StreamsClient, { readonly title: string; readonly program: string }>> = {
  incus: { title: 'Incus', program: 'incus' },
  lxd: { title: 'LXD', program: 'lxc' },
};

/** How a client of Simple Streams launches a version, which is `ref` to it: an image, or one of its names. */
export function clientCommands(
  client: StreamsClient,
  ref: string,
  artifacts: Manifest['artifacts'],
  reports: readonly StreamsReport[],
): ClientCommands {
  const { title, program } = PROGRAMS[client];
  const own = reports.filter((report) => report.client === client);
  const shown = artifacts.filter(({ artifact }) =>
    own.some(({ artifactId, projected }) => projected && artifactId === artifact.id),
  );
  const launches = [...new Set(shown.map((entry) => launch(program, ref, entry)))];
  return {
    client,
    title,
    lines:
      launches.length === 0
        ? []
        : [`${program} remote add ${REMOTE} {URL} \\`, '  --protocol simplestreams', ...launches],
    reasons: launches.length > 0 ? [] : [...new Set(own.flatMap(({ reason }) => reason ?? []))],
  };
}

function launch(program: string, ref: string, { artifact }: ManifestEntry): string {
  const isMachine = getFormat(artifact.format).imageType === 'virtual-machine';
  const variant = artifact.variant === 'default' ? '' : `/${artifact.variant}`;
  return `${program} launch ${REMOTE}:${ref}${variant} ${isMachine ? 'my-vm --vm' : 'my-container'}`;
}

/** How to download an artifact and to compare it with its digest. */
export function downloadLines(manifest: Manifest, { artifact }: ManifestEntry): readonly string[] {
  const { image, version } = manifest;
  const path = `/v1/images/${image.name}/versions/${version.version}/artifacts/${artifact.id}/download`;
  const file = fileNameOf(manifest, { artifact, attachments: [] });
  const hex = artifact.primaryBlobDigest.slice('sha256:'.length);
  return [`curl -fo ${file} \\`, `  {URL}${path}`, `echo "${hex}  ${file}" \\`, '  | sha256sum --check'];
}

function fileNameOf({ image, version }: Manifest, { artifact }: ManifestEntry): string {
  const { architecture, variant, format } = artifact;
  const parts = [image.name, version.version, architecture, ...(variant === 'default' ? [] : [variant])];
  return `${parts.join('-')}.${getFormat(format).fileExtension}`;
}
