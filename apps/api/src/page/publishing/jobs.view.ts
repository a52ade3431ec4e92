import type { PublishJob } from '@imgsrv/catalog';
import { html, type Html } from '../html.js';
import type { PageContext, View } from '../layout/page-context.js';
import { age } from '../parts/age.js';
import { isOver, jobBadge, jobForms, stepList } from './job-parts.js';

export function jobsPage(jobs: readonly PublishJob[]): View {
  const isUnderWay = jobs.some((job) => !isOver(job));
  return (context) => ({
    title: 'Publishes',
    isUnderWay,
    body: html`<div class="head">
        <h1>Publishes</h1>
        <p class="lead">What is being published or has failed, then what has ended.</p>
      </div>
      <div id="live" ${isUnderWay && html`data-under-way`} data-state="${summaryOf(jobs)}">
        ${
          jobs.length === 0
            ? html`<div class="sheet empty">
                <h2>Nothing was published yet</h2>
                <p>
                  A publish checks the artifacts of a draft, prepares the lists for Incus and LXD, and makes
                  the version visible at one moment.
                </p>
              </div>`
            : html`<ul class="sheet rows">
                ${jobs.map((job) => row(context, job))}
              </ul>`
        }
      </div>`,
  });
}

function summaryOf(jobs: readonly PublishJob[]): string {
  const failed = jobs.filter(({ state }) => state === 'failed').length;
  const running = jobs.filter((job) => !isOver(job)).length;
  return `${running} under way, ${failed} failed`;
}

function row(context: PageContext, job: PublishJob): Html {
  const isShort = job.state === 'succeeded' || job.state === 'canceled';
  return html`<li class="job">
    <div class="row">
      <h2 class="name">
        <a href="${context.link(`/jobs/${job.id}`)}">${job.imageName} ${job.version}</a>
      </h2>
      <p class="facts">${jobBadge(job)} <span class="when">${age(job.finishedAt ?? job.createdAt)}</span></p>
    </div>
    ${!isShort && stepList(job)} ${job.state === 'failed' && jobForms(context, job)}
  </li>`;
}
