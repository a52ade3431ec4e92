import { type ApiToken, type Principal, ROLES } from '@imgsrv/auth';
import { html, type Html } from '../html.js';
import type { PageContext, View } from '../layout/page-context.js';
import { age } from '../parts/age.js';
import { doneNote } from '../parts/done.js';
import { form } from '../parts/form.js';

interface PrincipalDetails {
  readonly principal: Principal;
  readonly tokens: readonly ApiToken[];
  readonly done: string | undefined;
}

export function principalPage({ principal, tokens, done }: PrincipalDetails): View {
  const { id, displayName, kind, disabled } = principal;
  const path = `/admin/principals/${id}`;
  return (context) => ({
    title: displayName,
    body: html`${doneNote(done)}
      <div class="head">
        <p class="crumbs"><a href="${context.link('/admin/principals')}">access</a> /</p>
        <h1>${displayName}</h1>
        <p class="facts">
          <span>${kind}</span> ${disabled && html`<span class="badge bad">disabled</span>`} <code>${id}</code>
        </p>
      </div>
      <div class="two">
        <div>
          <section aria-labelledby="tokens">
            <h2 id="tokens">API tokens</h2>
            ${tokenList(context, path, tokens)}
          </section>
        </div>
        <div>
          <section aria-labelledby="roles">
            <h2 id="roles">Roles</h2>
            ${roleForms(context, path, principal)}
          </section>
          <section aria-labelledby="state">
            <h2 id="state">${disabled ? 'Enable' : 'Disable'}</h2>
            <div class="sheet pad">
              <p class="quiet">
                ${disabled ? 'None of its credentials work now.' : 'While it is disabled, none of its credentials work.'}
              </p>
              <div class="command">
                ${form(
                  context,
                  `${path}/state`,
                  html`<input type="hidden" name="disabled" value="${disabled ? 'false' : 'true'}" /><button
                      class="${disabled ? 'second' : 'risk'}"
                    >
                      ${disabled ? 'Enable' : 'Disable'}
                    </button>`,
                )}
              </div>
            </div>
          </section>
        </div>
      </div>`,
  });
}

function tokenList(context: PageContext, path: string, tokens: readonly ApiToken[]): Html {
  return html`<div class="sheet">
    ${
      tokens.length > 0 &&
      html`<ul class="rows">
        ${tokens.map((token) => tokenRow(context, path, token))}
      </ul>`
    }
    <div class="pad">
      ${form(
        context,
        `${path}/tokens`,
        html`<div class="inline">
          <div>
            <label for="token-name">What it is for</label>
            <input id="token-name" name="name" maxlength="255" autocomplete="off" />
          </div>
          <div>
            <label for="days">Good for days</label>
            <input id="days" name="days" required inputmode="numeric" pattern="[1-9][0-9]{0,3}" value="30" />
          </div>
          <button>Issue a token</button>
        </div>`,
      )}
    </div>
  </div>`;
}

function tokenRow(
  context: PageContext,
  path: string,
  { id, name, expiresAt, lastUsedAt, revokedAt }: ApiToken,
): Html {
  const called = name === '' ? 'unnamed' : name;
  const isOver = revokedAt !== undefined || expiresAt <= new Date();
  return html`<li class="between">
    <div>
      <p>${called} ${revokedAt !== undefined && html`<span class="badge bad">revoked</span>`}</p>
      <p class="quiet">
        ${expiresAt <= new Date() ? 'expired' : 'expires'} ${age(expiresAt)},
        ${lastUsedAt === undefined ? 'never used' : html`used ${age(lastUsedAt)}`}
      </p>
    </div>
    ${
      !isOver &&
      form(
        context,
        `${path}/tokens/revocation`,
        html`<input type="hidden" name="token_id" value="${id}" /><button class="plain">
            Revoke<span class="unseen"> the token ${called}</span>
          </button>`,
      )
    }
  </li>`;
}

function roleForms(
  context: PageContext,
  path: string,
  { roleIds, derivedRoles, imageScope }: Principal,
): Html {
  const scope = imageScope === 'all' ? undefined : imageScope.join(' ');
  return html`<div class="sheet">
    <ul class="rows">
      ${roleIds.map(
        (role) =>
          html`<li class="between">
            <div>
              <p class="mono">${role}</p>
              ${role === 'content-writer' && scope !== undefined && html`<p class="quiet">for ${scope}</p>`}
            </div>
            ${form(
              context,
              `${path}/roles/removal`,
              html`<input type="hidden" name="role" value="${role}" /><button class="plain">
                  Take away<span class="unseen"> the role ${role}</span>
                </button>`,
            )}
          </li>`,
      )}
      ${derivedRoles.map(
        ({ roleId, ruleId }) =>
          html`<li>
            <p class="mono">${roleId}</p>
            <p class="quiet">
              given by the rule <a href="${context.link(`/admin/rules/${ruleId}`)}">${ruleId}</a>
            </p>
          </li>`,
      )}
    </ul>
    <div class="pad">
      ${form(
        context,
        `${path}/roles`,
        html`<div class="fields">
          <div>
            <label for="role">Give a role</label>
            <select id="role" name="role">
              ${ROLES.map(({ id, displayName }) => html`<option value="${id}">${displayName}</option>`)}
            </select>
          </div>
          <div>
            <label for="images"
              >Only for these images <span class="hint">content writers; empty is all</span></label
            >
            <input id="images" name="images" class="mono" autocomplete="off" placeholder="debian debian-*" />
          </div>
          <div class="actions"><button class="second">Give</button></div>
        </div>`,
      )}
    </div>
  </div>`;
}
