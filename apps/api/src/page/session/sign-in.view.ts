import { html, type Html } from '../html.js';
import type { PageContext, View } from '../layout/page-context.js';
import { form } from '../parts/form.js';

export function signInPage(next: string | undefined): View {
  return (context) => ({
    title: 'Sign in',
    body: html`<div class="problem">
      <h1>Sign in</h1>
      <p class="lead">
        With an API token, for drafts, uploads and publishes, and for what else its roles allow. Published
        images need none.
      </p>
      ${signInForm(context, next)}
    </div>`,
  });
}

export function signInForm(context: PageContext, next: string | undefined): Html {
  return html`<div class="sheet pad">
      ${form(
        context,
        '/sign-in',
        html`<div class="fields">
          <div>
            <label for="token">API token</label>
            <input
              id="token"
              name="token"
              type="password"
              required
              autocomplete="current-password"
              spellcheck="false"
              placeholder="imgsrv_at_…"
              aria-describedby="token-hint"
            />
          </div>
          ${next !== undefined && html`<input type="hidden" name="next" value="${next}" />`}
          <div class="actions"><button>Sign in</button></div>
        </div>`,
      )}
    </div>
    <p class="small" id="token-hint">
      The token stays in a cookie of this browser that no script can read, until you sign out or close the
      browser. Revoking the token ends the session at once.
    </p>`;
}
