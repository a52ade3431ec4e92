import type { UploadSession } from '@imgsrv/cas';
import { html, type Html } from '../html.js';
import type { View } from '../layout/page-context.js';
import { age } from '../parts/age.js';
import { digest } from '../parts/command.js';
import { size } from '../parts/size.js';

export function uploadsPage(uploads: readonly UploadSession[], self: string): View {
  const isUnderWay = uploads.some(({ state }) => state !== 'failed');
  return () => ({
    title: 'Uploads',
    isUnderWay,
    body: html`<div class="head">
        <h1>Uploads</h1>
        <p class="lead">
          Bytes on their way, and what a worker still reads to verify them. Failed ones stay for a day.
        </p>
      </div>
      <div id="live" ${isUnderWay && html`data-under-way`} data-state="">
        ${
          uploads.length === 0
            ? html`<div class="sheet empty">
                <h2>Nothing is on its way</h2>
                <p>
                  An upload is begun with <code>POST /v1/uploads</code>, by a pipeline or by hand. It is seen
                  here until it is verified.
                </p>
              </div>`
            : html`<ul class="sheet rows">
                ${uploads.map((upload, index) => row(upload, index, self))}
              </ul>`
        }
      </div>`,
  });
}

function row(upload: UploadSession, index: number, self: string): Html {
  const { filenameHint, expectedDigest, expectedSizeBytes, state, failure, createdBy, expiresAt } = upload;
  const name = filenameHint ?? 'unnamed';
  return html`<li class="job">
    <div class="row">
      <h2 class="name">${name}</h2>
      <p class="facts">${badge(upload)} ${createdBy === self && html`<span class="badge">yours</span>`}</p>
    </div>
    <dl class="pairs">
      <dt>Digest</dt>
      <dd>${digest(`upload-${index}`, expectedDigest)}</dd>
      <dt>${state === 'ingesting' ? 'Verified' : 'Received'}</dt>
      <dd>${progress(upload, name)}</dd>
      ${
        (state === 'created' || state === 'uploading') &&
        html`<dt>Given up</dt>
          <dd>${age(expiresAt)}, unless more comes</dd>`
      }
      ${
        failure !== undefined &&
        html`<dt>Reason</dt>
          <dd class="why">${failure.detail}</dd>`
      }
    </dl>
    ${expectedSizeBytes === 0 && html`<p class="small">It has no bytes.</p>`}
  </li>`;
}

function progress(
  { state, bytesReceived, bytesVerified, expectedSizeBytes }: UploadSession,
  name: string,
): Html {
  const done = state === 'ingesting' ? bytesVerified : bytesReceived;
  return html`${size(done)} of ${size(expectedSizeBytes)}
    <progress
      value="${done}"
      max="${Math.max(1, expectedSizeBytes)}"
      aria-label="Progress of ${name}"
    ></progress>`;
}

function badge({ state }: UploadSession): Html {
  switch (state) {
    case 'created':
    case 'uploading':
      return html`<span class="badge busy">receiving</span>`;
    case 'completed':
      return html`<span class="badge">waits to be verified</span>`;
    case 'ingesting':
      return html`<span class="badge busy">being verified</span>`;
    case 'failed':
      return html`<span class="badge bad">failed</span>`;
    case 'ready':
      return html`<span class="badge good">verified</span>`;
    case 'aborted':
      return html`<span class="badge">given up</span>`;
  }
}
