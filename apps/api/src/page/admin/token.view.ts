import type { IssuedApiToken } from '@imgsrv/auth';
import { html } from '../html.js';
import type { View } from '../layout/page-context.js';
import { age } from '../parts/age.js';
import { command } from '../parts/command.js';

/** The only page that ever has a token on it. */
export function tokenPage({ token, plaintext }: IssuedApiToken): View {
  return ({ link }) => ({
    title: 'A new API token',
    body: html`<div class="problem">
      <h1>A new API token</h1>
      <p class="lead">It is shown this once and kept nowhere. It expires ${age(token.expiresAt)}.</p>
      <div class="sheet pad">${command('issued', token.name === '' ? 'Token' : token.name, plaintext)}</div>
      <p class="actions">
        <a class="button second" href="${link(`/admin/principals/${token.principalId}`)}">Done</a>
      </p>
    </div>`,
  });
}
