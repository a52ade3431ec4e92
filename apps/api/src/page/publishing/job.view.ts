import { html } from '../html.js';
import type { View } from '../layout/page-context.js';
import type { ReportedPublishJob } from '../../publish-jobs/publish-job.dto.js';
import { age } from '../parts/age.js';
import { isOver, jobBadge, jobForms, stepList } from './job-parts.js';

export function jobPage({ job }: ReportedPublishJob): View {
  const { imageName, version, state, createdAt, finishedAt } = job;
  const isUnderWay = !isOver(job);
  return (context) => ({
    title: `Publish of ${imageName} ${version}`,
    isUnderWay,
    body: html`<div class="head">
        <p class="crumbs"><a href="${context.link('/jobs')}">publishes</a> /</p>
        <h1 class="mono">${imageName} ${version}</h1>
      </div>
      <div id="live" ${isUnderWay && html`data-under-way`} data-state="${state}">
        <p class="facts">
          ${jobBadge(job)} <span>begun ${age(createdAt)}</span>
          ${finishedAt !== undefined && html`<span>ended ${age(finishedAt)}</span>`}
        </p>
        <section class="sheet pad" aria-label="Steps">
          ${stepList(job)} ${(isUnderWay || state === 'failed') && jobForms(context, job)}
        </section>
        <p class="facts">
          <a href="${context.link(`/images/${imageName}/${version}`)}"
            >${state === 'succeeded' ? 'See the published version' : 'See the version'}</a
          >
        </p>
      </div>`,
  });
}
