import { AUDIT_OUTCOMES, type AuditEvent } from '@imgsrv/audit';
import type { Page } from '@imgsrv/platform';
import { html, type Html } from '../html.js';
import type { PageContext, View } from '../layout/page-context.js';
import { age } from '../parts/age.js';
import type { AuditQuery } from './admin.dto.js';

export function auditPage({ items, nextCursor }: Page<AuditEvent>, query: AuditQuery): View {
  return (context) => ({
    title: 'Audit log',
    body: html`<div class="head">
        <h1>Audit log</h1>
        <p class="lead">What was changed, by whom, and who was refused; newest first.</p>
      </div>
      ${filters(context, query)}
      ${
        items.length === 0
          ? html`<div class="sheet empty"><p>No event is like that.</p></div>`
          : html`<ul class="sheet rows">
              ${items.map((event) => row(context, event))}
            </ul>`
      }
      ${
        nextCursor !== undefined &&
        html`<nav class="pager" aria-label="Pages of the list">
          <span></span>
          <a class="button second" rel="next" href="${context.link(pathOf(query, nextCursor))}"
            >Older events</a
          >
        </nav>`
      }`,
  });
}

function filters({ link }: PageContext, { action, resource, principal, outcome }: AuditQuery): Html {
  return html`<form class="sheet pad filters" method="get" action="${link('/admin/audit')}">
    <div class="inline">
      ${field('action', 'Action', action, 'alias.move')}
      ${field('resource', 'Resource', resource, 'images/debian')}
      ${field('principal', 'Principal', principal, 'its id')}
      <div>
        <label for="outcome">Outcome</label>
        <select id="outcome" name="outcome">
          <option value="">any</option>
          ${AUDIT_OUTCOMES.map((known) =>
            known === outcome ? html`<option selected>${known}</option>` : html`<option>${known}</option>`,
          )}
        </select>
      </div>
      <button class="second">Filter</button>
    </div>
  </form>`;
}

function field(name: string, label: string, value: string | undefined, example: string): Html {
  return html`<div>
    <label for="${name}">${label}</label>
    <input id="${name}" name="${name}" value="${value ?? ''}" placeholder="${example}" autocomplete="off" />
  </div>`;
}

function row({ link }: PageContext, event: AuditEvent): Html {
  const { action, resource, outcome, occurredAt, principalId, source, reason } = event;
  return html`<li>
    <div class="between">
      <p>
        <span class="mono">${action}</span>
        ${outcome === 'denied' && html`<span class="badge bad">denied</span>`}
      </p>
      <p class="when">${age(occurredAt)}</p>
    </div>
    <p class="mono quiet wrap">${resource}</p>
    <p class="small wrap">
      ${
        principalId === undefined
          ? 'by the service, or somebody unknown'
          : html`by <a href="${link(`/admin/principals/${principalId}`)}">${principalId}</a>`
      }
      ${source !== undefined && `from ${source}`} ${reason !== undefined && `because: ${reason}`}
    </p>
  </li>`;
}

function pathOf({ action, resource, principal, outcome }: AuditQuery, cursor: string): string {
  const asked = new URLSearchParams({ cursor });
  for (const [name, value] of Object.entries({ action, resource, principal, outcome })) {
    if (value !== undefined) {
      asked.set(name, value);
    }
  }
  return `/admin/audit?${asked.toString()}`;
}
