import { readFile } from 'node:fs/promises';
import { listAll, type Schemas } from '@imgsrv/client';
import type { Command } from 'commander';
import { usageError } from '../cli.errors.js';
import type { CommandMaker } from '../command.js';
import { facts, table } from '../output/table.js';
import type { Session } from '../session.js';

type Rule = Schemas['ProvisioningRuleRequest'];

const ALL = '/v1/auth/oidc-provisioning-rules';
const ONE = `${ALL}/{rule_id}` as const;

/** `imgsrv rules`. */
export function rulesCommand(commands: CommandMaker): Command {
  return commands
    .make('rules', 'say which OpenID Connect tokens are let in (for auth-managers)')
    .addCommand(
      commands.make('ls', 'list the rules').action(
        commands.run(async (session) => {
          const rules = await listAll(await session.client(), ALL, 'rules', { signal: session.signal });
          session.show({ rules }, () =>
            table(
              ['ID', 'NAME', 'ISSUER', 'STATE'],
              rules.map(({ id, display_name, issuer_url, enabled }) => [
                id,
                display_name,
                issuer_url,
                enabled ? 'enabled' : 'disabled',
              ]),
            ),
          );
        }),
      ),
    )
    .addCommand(
      commands
        .make('show', 'show a rule')
        .argument('<id>')
        .action(
          commands.run(async (session, _options, id: string) => {
            const client = await session.client();
            const rule = await client.call('get', ONE, { path: { rule_id: id }, signal: session.signal });
            session.show(rule, () =>
              facts([
                ['id', rule.id],
                ['name', rule.display_name],
                ['issuer', rule.issuer_url],
                ['audience', rule.audience],
                ['condition', rule.condition],
                ['images', rule.image_patterns?.join(', ')],
                ['state', rule.enabled ? 'enabled' : 'disabled'],
              ]),
            );
          }),
        ),
    )
    .addCommand(
      commands
        .make('apply', 'save a rule from a file (YAML or JSON); one with an `id` that is known replaces it', [
          'imgsrv rules apply rule.yaml',
        ])
        .argument('<file>')
        .action(commands.run(apply)),
    )
    .addCommand(
      commands
        .make('test', 'try a rule from a file on the claims of a token, without saving it', [
          'imgsrv rules test rule.yaml claims.json',
        ])
        .argument('<rule-file>')
        .argument('<claims-file>')
        .action(
          commands.run(async (session, _options, ruleFile: string, claimsFile: string) => {
            const client = await session.client();
            const body = {
              rule: (await readObject(ruleFile)) as unknown as Rule,
              claims: await readObject(claimsFile),
            };
            const verdict = await client.call('post', `${ALL}/evaluate`, {
              body,
              signal: session.signal,
              isRepeatable: true,
            });
            session.show(verdict, () =>
              [
                `${verdict.matches ? 'It lets them in' : 'It does not let them in'}: ${verdict.detail}`,
                ...warningsOf(verdict),
              ].join('\n'),
            );
          }),
        ),
    )
    .addCommand(
      commands
        .make('rm', 'remove a rule; whom it let in is out')
        .argument('<id>')
        .action(
          commands.run(async (session, _options, id: string) => {
            const client = await session.client();
            await client.call('delete', ONE, { path: { rule_id: id }, signal: session.signal });
            session.show({ id, removed: true }, () => 'It is removed.');
          }),
        ),
    );
}

async function apply(session: Session, _options: unknown, file: string): Promise<void> {
  const client = await session.client();
  // The server checks every member of it, and says which is wrong.
  const body = (await readObject(file)) as unknown as Rule;
  const { id } = body;
  const known = await listAll(client, ALL, 'rules', { signal: session.signal });
  const isKnown = known.some((rule) => rule.id === id);
  const rule =
    isKnown && typeof id === 'string'
      ? await client.call('put', ONE, { path: { rule_id: id }, body, signal: session.signal })
      : await client.call('post', ALL, { body, signal: session.signal });
  session.show(rule, () =>
    [`The rule ${rule.id} is ${isKnown ? 'replaced' : 'saved'}.`, ...warningsOf(rule)].join('\n'),
  );
}

function warningsOf({
  warnings,
}: {
  readonly warnings: readonly Schemas['RuleWarningResponse'][];
}): string[] {
  return warnings.map(({ detail }) => `Beware: ${detail}`);
}

async function readObject(file: string): Promise<Record<string, never>> {
  const text = await readFile(file, 'utf8');
  const { parse } = await import('yaml');
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    throw usageError(
      `${file} is neither YAML nor JSON: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw usageError(`${file} has no names and values at its top.`);
  return value as Record<string, never>;
}
