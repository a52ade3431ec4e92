import { type Evaluation, LONGEST_CONDITION_BYTES, LONGEST_ISSUER_URL, type RuleWarning } from '@imgsrv/auth';
import { html, type Html, type HtmlValue } from '../html.js';
import type { PageContext, View } from '../layout/page-context.js';
import { doneNote } from '../parts/done.js';
import { form } from '../parts/form.js';
import type { RuleForm } from './rule.dto.js';

/** What came of looking at a rule, or of trying or saving it. */
export interface RuleOutcome {
  readonly evaluation?: Evaluation;
  readonly warnings?: readonly RuleWarning[];
  /** Why it cannot be tried or saved as it is. */
  readonly problem?: string;
}

interface RuleDetails extends RuleOutcome {
  /** As it was saved or typed; empty for a new one. */
  readonly form: Partial<RuleForm>;
  readonly done?: string | undefined;
}

const EXAMPLE_CLAIMS =
  '{"iss": "https://issuer.example", "sub": "pipeline", "aud": "https://images.example"}';

export function rulePage({ form: draft, done, ...outcome }: RuleDetails): View {
  const { rule_id: id } = draft;
  const path = id === undefined ? '/admin/rules' : `/admin/rules/${id}`;
  const title = id === undefined ? 'Add a rule' : (draft.display_name ?? id);
  return (context) => ({
    title,
    body: html`${doneNote(done)} ${outcomeNotes(outcome)}
      <div class="head">
        <p class="crumbs"><a href="${context.link('/admin/rules')}">rules</a> /</p>
        <h1>${title}</h1>
        ${id !== undefined && html`<p class="facts"><code>${id}</code></p>`}
      </div>
      ${form(
        context,
        path,
        html`${id !== undefined && html`<input type="hidden" name="rule_id" value="${id}" />`}
          <div class="two">
            <section aria-labelledby="rule">
              <h2 id="rule">What it lets in</h2>
              <div class="sheet pad">
                <div class="fields">${fieldsOf(draft)}</div>
              </div>
            </section>
            <section aria-labelledby="try">
              <h2 id="try">Try it</h2>
              <div class="sheet pad">
                <div class="fields">${sampleFields(draft, context)}</div>
              </div>
            </section>
          </div>
          <p class="actions command"><button>${id === undefined ? 'Add the rule' : 'Save'}</button></p>`,
      )}
      ${id !== undefined && removal(context, path)}`,
  });
}

function outcomeNotes({
  evaluation,
  warnings = evaluation?.warnings ?? [],
  problem,
}: RuleOutcome): HtmlValue {
  return [
    problem !== undefined && html`<p class="note bad" role="alert">${problem}</p>`,
    evaluation !== undefined &&
      html`<p class="note ${evaluation.matches ? 'good' : 'warn'}" role="status">
        <strong>${evaluation.matches ? 'It would be let in.' : 'It would be refused.'}</strong>
        ${evaluation.detail}
      </p>`,
    ...warnings.map(
      ({ detail }) => html`<p class="note warn"><strong>Think about it:</strong> ${detail}</p>`,
    ),
  ];
}

function fieldsOf(draft: Partial<RuleForm>): HtmlValue {
  return [
    draft.rule_id === undefined &&
      input('id', 'Id', 'a name such as github-main; empty is a UUID', draft.id, { maxlength: 64 }),
    input('display_name', 'Name', 'what people call it', draft.display_name, {
      maxlength: 255,
      isRequired: true,
    }),
    input('issuer_url', 'Issuer', 'exactly what tokens have as iss', draft.issuer_url, {
      maxlength: LONGEST_ISSUER_URL,
      isRequired: true,
    }),
    input('audience', 'Audience', 'must be among the aud of a token', draft.audience, {
      maxlength: 255,
      isRequired: true,
    }),
    area(
      'forwarded_claims',
      'Claims that the condition sees',
      'one a line',
      draft.forwarded_claims?.join('\n'),
    ),
    area('condition', 'Condition', 'CEL, on claims', draft.condition, LONGEST_CONDITION_BYTES),
    input(
      'image_patterns',
      'Only for these images',
      'such as debian debian-*; empty is all',
      draft.image_patterns?.join(' '),
      { maxlength: 8192 },
    ),
    input(
      'jwks_origins',
      'Other origins of its keys',
      'where the issuer keeps them elsewhere',
      draft.jwks_origins?.join(' '),
      { maxlength: 8192 },
    ),
    html`<div>
      <label for="enabled">Lets tokens in</label>
      <select id="enabled" name="enabled">
        ${draft.enabled === false ? html`<option>yes</option>` : html`<option selected>yes</option>`}
        ${draft.enabled === false ? html`<option selected>no</option>` : html`<option>no</option>`}
      </select>
    </div>`,
  ];
}

function sampleFields({ claims }: Partial<RuleForm>, { link }: PageContext): Html {
  return html`<p class="quiet">
      Nothing is saved by trying. Either the claims that a token would have, or a whole token, which is
      verified with the keys of the issuer.
    </p>
    <div>
      <label for="claims">Claims <span class="hint">JSON</span></label>
      <textarea id="claims" name="claims" class="mono" rows="8" placeholder="${EXAMPLE_CLAIMS}">
${claims ?? ''}</textarea>
    </div>
    <div>
      <label for="sample-token">Token <span class="hint">a JWT; it is kept nowhere</span></label>
      <input id="sample-token" name="token" type="password" autocomplete="off" maxlength="32768" />
    </div>
    <div class="actions">
      <button class="second" formaction="${link('/admin/rule-trial')}">Try</button>
    </div>`;
}

interface InputRules {
  readonly maxlength: number;
  readonly isRequired?: boolean;
}

function input(
  name: string,
  label: string,
  hint: string,
  value: string | undefined,
  rules: InputRules,
): Html {
  return html`<div>
    <label for="${name}">${label} <span class="hint">${hint}</span></label>
    ${
      rules.isRequired === true
        ? html`<input
            id="${name}"
            name="${name}"
            value="${value ?? ''}"
            required
            maxlength="${rules.maxlength}"
            autocomplete="off"
          />`
        : html`<input
            id="${name}"
            name="${name}"
            value="${value ?? ''}"
            maxlength="${rules.maxlength}"
            autocomplete="off"
          />`
    }
  </div>`;
}

/** The line break after the tag is none of the text. */
function area(name: string, label: string, hint: string, value: string | undefined, maxlength = 8192): Html {
  return html`<div>
    <label for="${name}">${label} <span class="hint">${hint}</span></label>
    <textarea id="${name}" name="${name}" class="mono" rows="4" maxlength="${maxlength}">
${value ?? ''}</textarea>
  </div>`;
}

function removal(context: PageContext, path: string): Html {
  return html`<section aria-labelledby="delete">
    <h2 id="delete">Delete</h2>
    <div class="sheet pad">
      <p class="quiet">Tokens that only this rule lets in are refused from the next request on.</p>
      <div class="command">
        ${form(context, `${path}/removal`, html`<button class="risk">Delete the rule</button>`)}
      </div>
    </div>
  </section>`;
}
