import { isAllowed, mayWriteImage } from '@imgsrv/auth';
import type { Alias, Attachment, ManifestEntry, Version } from '@imgsrv/catalog';
import type { StreamsReport } from '@imgsrv/streams';
import type { ReportedManifest } from '../../images/manifest.dto.js';
import { html, type Html } from '../html.js';
import type { PageContext, View } from '../layout/page-context.js';
import { age } from '../parts/age.js';
import { digest } from '../parts/command.js';
import { doneNote } from '../parts/done.js';
import { size } from '../parts/size.js';
import { metadataOf } from './metadata.view.js';
import { stateBadges } from './state-badges.js';
import { usage } from './usage.view.js';
import { versionForms } from './version-forms.view.js';

interface VersionDetails {
  readonly reported: ReportedManifest;
  /** Those that name the version. */
  readonly aliases: readonly Alias[];
  readonly done: string | undefined;
}

export function versionPage({ reported, aliases, done }: VersionDetails): View {
  const { image, version, artifacts } = reported.manifest;
  return (context) => ({
    title: `${image.name} ${version.version}`,
    body: html`${doneNote(done)} ${warnings(context, image.name, version)}
      <div class="head">
        <p class="crumbs">
          <a href="${context.link('/')}">images</a> /
          <a href="${context.link(`/images/${image.name}`)}">${image.name}</a> /
        </p>
        <h1 class="mono">${version.version}</h1>
        <p class="facts">
          ${aliases.map(({ alias }) => html`<span class="chip alias">${alias}</span> `)}
          ${stateBadges(version)}
          ${
            version.publishedAt === undefined
              ? html`<span>begun ${age(version.createdAt)}</span>`
              : html`<span>published ${age(version.publishedAt)}</span>`
          }
        </p>
      </div>
      <div class="two">
        <div>
          ${metadataOf(version)}
          <section aria-labelledby="artifacts">
            <h2 id="artifacts">Artifacts</h2>
            ${
              artifacts.length === 0
                ? html`<div class="sheet empty">
                    <p>The draft has no artifacts yet. It needs one at least before it can be published.</p>
                  </div>`
                : html`<ul class="sheet rows">
                    ${artifacts.map((entry, index) => artifactRow(context, reported, entry, index))}
                  </ul>`
            }
          </section>
        </div>
        <div>
          ${
            version.state === 'published' &&
            html`<section aria-labelledby="use">
              <h2 id="use">Use it</h2>
              ${usage(context, reported, {
                ref: version.version,
                streamsRef: `${image.name}/${version.version}`,
              })}
            </section>`
          }
          ${mayChange(context, image.name) && versionForms(context, reported, aliases)}
        </div>
      </div>`,
  });
}

function mayChange({ caller, formToken }: PageContext, image: string): boolean {
  return formToken !== undefined && mayWriteImage(caller, image) && isAllowed(caller, 'content.write');
}

function warnings({ link }: PageContext, image: string, { deprecation }: Version): Html | undefined {
  if (deprecation === undefined) {
    return undefined;
  }
  const { reason, successor, deprecatedAt } = deprecation;
  return html`<div class="note warn">
    <p><strong>Deprecated</strong> ${age(deprecatedAt)}: <span class="told">${reason}</span></p>
    ${
      successor !== undefined &&
      html`<p>
        Use <a class="mono" href="${link(`/images/${image}/${successor}`)}">${successor}</a> instead.
      </p>`
    }
  </div>`;
}

function artifactRow(
  { link }: PageContext,
  { manifest, reports }: ReportedManifest,
  entry: ManifestEntry,
  index: number,
): Html {
  const { artifact, attachments } = entry;
  const { image, version } = manifest;
  const virtual = artifact.detected?.virtualSizeBytes;
  const path = `/v1/images/${image.name}/versions/${version.version}/artifacts/${artifact.id}`;
  const own = reports.filter(({ artifactId }) => artifactId === artifact.id);
  return html`<li class="artifact">
    <div class="row">
      <h3>${artifact.operatingSystem} ${artifact.architecture} ${artifact.format}</h3>
      ${
        version.state === 'published' &&
        html`<a class="button second" href="${link(`${path}/download`)}"
          >Download<span class="unseen"> ${artifact.architecture} ${artifact.format}</span></a
        >`
      }
    </div>
    <dl class="pairs">
      ${
        artifact.variant !== 'default' &&
        html`<dt>Variant</dt>
          <dd>${artifact.variant}</dd>`
      }
      <dt>Size</dt>
      <dd>
        ${size(artifact.primaryBlobSizeBytes)}${virtual !== undefined && html`, a disk of ${size(virtual)}`}
      </dd>
      <dt>Digest</dt>
      <dd>${digest(`digest-${index}`, artifact.primaryBlobDigest)}</dd>
      ${own.map((report) => shownTo(report))}
      ${
        attachments.length > 0 &&
        html`<dt>With</dt>
          <dd>${attachments.map((attachment) => attachmentLink(link, path, attachment, version))}</dd>`
      }
    </dl>
  </li>`;
}

function attachmentLink(
  link: PageContext['link'],
  path: string,
  { id, name, blobSizeBytes }: Attachment,
  { state }: Version,
): Html {
  return html`<div>
    ${
      state === 'published'
        ? html`<a class="mono" href="${link(`${path}/attachments/${id}/download`)}">${name}</a>`
        : html`<span class="mono">${name}</span>`
    }
    <span class="quiet">${size(blobSizeBytes)}</span>
  </div>`;
}

function shownTo({ client, projected, reason }: StreamsReport): Html {
  return html`<dt>${client === 'incus' ? 'Incus' : 'LXD'}</dt>
    <dd>
      ${projected ? html`<span class="badge good">shown</span>` : html`<span class="badge">not shown</span> ${reason}`}
    </dd>`;
}
