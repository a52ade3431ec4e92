import type { ProvisioningRule } from '@imgsrv/auth';
import type { Page } from '@imgsrv/platform';
import { html, type Html } from '../html.js';
import type { PageContext, View } from '../layout/page-context.js';
import { doneNote } from '../parts/done.js';

export function rulesPage({ items, nextCursor }: Page<ProvisioningRule>, done: string | undefined): View {
  return (context) => ({
    title: 'Rules',
    body: html`${doneNote(done)}
      <div class="head">
        <h1>Rules</h1>
        <p class="lead">
          A rule lets pipelines publish with the OpenID Connect tokens that their platform gives them, without
          a token that anybody has to keep.
        </p>
      </div>
      ${
        items.length === 0
          ? html`<div class="sheet empty">
              <h2>No tokens of other issuers are let in</h2>
              <p>
                A rule names an issuer, such as GitHub or your GitLab, the audience of its tokens, and a
                condition on their claims. It can be tried before it is saved.
              </p>
              <p><a class="button" href="${context.link('/admin/new-rule')}">Add a rule</a></p>
            </div>`
          : html`<ul class="sheet rows links">
                ${items.map((rule) => row(context, rule))}
              </ul>
              <nav class="pager" aria-label="Rules">
                <a class="button" href="${context.link('/admin/new-rule')}">Add a rule</a>
                ${
                  nextCursor !== undefined &&
                  html`<a
                    class="button second"
                    rel="next"
                    href="${context.link(`/admin/rules?cursor=${nextCursor}`)}"
                    >Next page</a
                  >`
                }
              </nav>`
      }`,
  });
}

function row({ link }: PageContext, rule: ProvisioningRule): Html {
  const { id, displayName, issuerUrl, condition, enabled, imageScope } = rule;
  return html`<li class="version">
    <div class="row">
      <h2 class="name"><a href="${link(`/admin/rules/${id}`)}">${id}</a></h2>
      <p class="called">${displayName}</p>
      <p>
        ${enabled ? html`<span class="badge good">enabled</span>` : html`<span class="badge">switched off</span>`}
      </p>
    </div>
    <p class="small wrap">
      ${issuerUrl} ${imageScope !== 'all' && html`<span>for ${imageScope.join(' ')}</span>`}
    </p>
    <p class="small mono wrap">${condition}</p>
  </li>`;
}
