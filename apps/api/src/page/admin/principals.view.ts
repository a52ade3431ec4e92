import { type Principal, PRINCIPAL_KINDS } from '@imgsrv/auth';
import type { Page } from '@imgsrv/platform';
import { html, type Html } from '../html.js';
import type { PageContext, View } from '../layout/page-context.js';
import { doneNote } from '../parts/done.js';
import { form } from '../parts/form.js';

export function principalsPage({ items, nextCursor }: Page<Principal>, done: string | undefined): View {
  return (context) => ({
    title: 'Access',
    body: html`${doneNote(done)}
      <div class="head">
        <h1>Access</h1>
        <p class="lead">Principals are who may do something: people, and services such as pipelines.</p>
      </div>
      <ul class="sheet rows links">
        ${items.map((principal) => row(context, principal))}
      </ul>
      ${
        nextCursor !== undefined &&
        html`<nav class="pager" aria-label="Pages of the list">
          <span></span>
          <a class="button second" rel="next" href="${context.link(`/admin/principals?cursor=${nextCursor}`)}"
            >Next page</a
          >
        </nav>`
      }
      <section aria-labelledby="create">
        <h2 id="create">Add a principal</h2>
        <div class="sheet pad">
          ${form(
            context,
            '/admin/principals',
            html`<div class="inline">
              <div>
                <label for="display-name">Name</label>
                <input id="display-name" name="display_name" required maxlength="255" autocomplete="off" />
              </div>
              <div>
                <label for="kind">Kind</label>
                <select id="kind" name="kind">
                  ${PRINCIPAL_KINDS.map((kind) => html`<option>${kind}</option>`)}
                </select>
              </div>
              <button>Add</button>
            </div>`,
          )}
        </div>
      </section>`,
  });
}

function row({ link }: PageContext, principal: Principal): Html {
  const { id, displayName, kind, roleIds, derivedRoles, disabled } = principal;
  const roles = [...new Set([...roleIds, ...derivedRoles.map(({ roleId }) => roleId)])];
  return html`<li class="version">
    <div class="row">
      <h2 class="name"><a href="${link(`/admin/principals/${id}`)}">${displayName}</a></h2>
      <p class="chips">
        ${roles.map((role) => html`<span class="chip">${role}</span> `)}
        ${disabled && html`<span class="badge bad">disabled</span>`}
      </p>
      <p class="when">${kind}</p>
    </div>
  </li>`;
}
