import { type Action, type Caller, isAllowed } from '@imgsrv/auth';
import { ICON, SCRIPT, STYLESHEET } from '../assets/page-assets.js';
import { html, type Html } from '../html.js';
import { form } from '../parts/form.js';
import type { PageContent, PageContext } from './page-context.js';

const RELOAD_AFTER_S = 5;

/** The whole document around what a page shows. */
export function layout(context: PageContext, { title, body, isUnderWay = false }: PageContent): Html {
  const { link } = context;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title} – imgsrv</title>
        <link rel="icon" href="${link(ICON.path)}" type="image/svg+xml" />
        <link rel="stylesheet" href="${link(STYLESHEET.path)}" />
        <script src="${link(SCRIPT.path)}" defer></script>
        ${isUnderWay && html`<noscript><meta http-equiv="refresh" content="${RELOAD_AFTER_S}" /></noscript>`}
      </head>
      <body>
        <a class="skip" href="#main">Skip to the content</a>
        <header class="top">
          <div class="bar">
            <a class="brand" href="${link('/')}">${mark()}<span>imgsrv</span></a>
            ${navigation(context)} ${account(context)}
          </div>
        </header>
        <main id="main" tabindex="-1">${body}</main>
        <footer class="foot">
          <p>Every byte is verified against its SHA-256 digest. A published version never changes.</p>
          <p><a href="${link('/docs')}">HTTP API</a> <a href="${link('/openapi.json')}">OpenAPI</a></p>
        </footer>
        <p id="announcement" class="unseen" role="status"></p>
      </body>
    </html>`;
}

function mark(): Html {
  return html`<svg viewBox="0 0 24 24" width="22" height="22" aria-hidden="true">
    <path d="M12 2 21 7v10l-9 5-9-5V7z" class="mark-side" />
    <path d="M12 12 21 7 12 2 3 7z" class="mark-top" />
  </svg>`;
}

interface Entry {
  readonly path: string;
  readonly text: string;
  /** Absent: for everybody. */
  readonly action?: Action;
}

const ENTRIES: readonly Entry[] = [
  { path: '/', text: 'Images' },
  { path: '/drafts', text: 'Drafts', action: 'content.write' },
  { path: '/uploads', text: 'Uploads', action: 'content.write' },
  { path: '/jobs', text: 'Publishes', action: 'content.write' },
  { path: '/admin/principals', text: 'Access', action: 'auth.manage' },
  { path: '/admin/rules', text: 'Rules', action: 'auth.manage' },
  { path: '/admin/audit', text: 'Audit', action: 'auth.manage' },
  { path: '/storage', text: 'Storage', action: 'storage.manage' },
];

function navigation({ caller, path, link }: PageContext): Html {
  const entries = ENTRIES.filter(({ action }) => action === undefined || isAllowed(caller, action));
  return html`<nav aria-label="Pages">
    <ul>
      ${entries.map(
        (entry) =>
          html`<li>
            ${
              isWithin(path, entry.path)
                ? html`<a href="${link(entry.path)}" aria-current="page">${entry.text}</a>`
                : html`<a href="${link(entry.path)}">${entry.text}</a>`
            }
          </li>`,
      )}
    </ul>
  </nav>`;
}

function isWithin(path: string, entry: string): boolean {
  return entry === '/' ? path === '/' || path.startsWith('/images/') : `${path}/`.startsWith(`${entry}/`);
}

function account(context: PageContext): Html {
  const { caller, formToken, link } = context;
  if (caller === undefined || formToken === undefined) {
    return html`<p class="account"><a href="${link('/sign-in')}">Sign in</a></p>`;
  }
  return html`<div class="account">
    <span class="who" title="${rolesOf(caller)}"
      ><span class="unseen">Signed in as </span>${caller.displayName}</span
    >
    ${form(context, '/sign-out', html`<button class="plain">Sign out</button>`)}
  </div>`;
}

function rolesOf({ roleIds }: Caller): string {
  return roleIds.length === 0 ? 'no role' : roleIds.join(', ');
}
