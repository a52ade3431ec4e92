import { listAll, type Schemas } from '@imgsrv/client';
import { type Command, Option } from 'commander';
import { usageError } from '../cli.errors.js';
import { collect } from '../collect.js';
import type { CommandMaker } from '../command.js';
import { facts, table } from '../output/table.js';
import { bytesText, readBytes, readCount, readDuration, timeText } from '../output/units.js';
import type { Session } from '../session.js';

type Principal = Schemas['PrincipalResponse'];

const ONE = '/v1/auth/principals/{principal_id}';

/** `imgsrv principals`. */
export function principalsCommand(commands: CommandMaker): Command {
  const change = (
    name: string,
    description: string,
    done: string,
    body: { readonly disabled: boolean },
  ): Command =>
    commands
      .make(name, description)
      .argument('<id>')
      .action(
        commands.run(async (session, _options, id: string) => {
          const client = await session.client();
          const principal = await client.call('patch', ONE, {
            path: { principal_id: id },
            body,
            signal: session.signal,
          });
          session.show(principal, () => `${principal.display_name} is ${done}.`);
        }),
      );
  return commands
    .make('principals', 'manage people and systems, and what they may do (for auth-managers)')
    .addCommand(commands.make('ls', 'list them').action(commands.run(list)))
    .addCommand(
      commands
        .make('show', 'show one')
        .argument('<id>')
        .action(commands.run((session, _options, id: string) => show(session, id))),
    )
    .addCommand(
      commands
        .make('create', 'create one, with roles if you name them', [
          'imgsrv principals create "release pipeline" --role content-writer --images "debian-*"',
          'imgsrv principals create Ada --kind user --role auth-manager',
          'export IMGSRV_TOKEN=$(imgsrv principals create me --role content-writer --with-token 1d)',
        ])
        .argument('<display-name>')
        .addOption(
          new Option('--kind <kind>', 'a person or a system').choices(['service', 'user']).default('service'),
        )
        .option('--role <role>', 'give it this role; may be repeated', collect)
        .option(
          '--images <pattern>',
          'as content-writer or content-reader of these images only; may be repeated',
          collect,
        )
        .option(
          '--with-token <duration>',
          'and issue a token that is valid for so long; it is all that is printed',
        )
        .action(commands.run(create)),
    )
    .addCommand(
      commands
        .make('grant', 'give a role', ['imgsrv principals grant ID content-writer --images "debian-*"'])
        .argument('<id>')
        .argument('<role>')
        .option('--images <pattern>', 'of these images only; may be repeated', collect)
        .action(
          commands.run(
            async (session, { images }: { readonly images?: string[] }, id: string, role: string) => {
              await grant(session, id, role, images);
              await show(session, id);
            },
          ),
        ),
    )
    .addCommand(
      commands
        .make('revoke', 'take a role')
        .argument('<id>')
        .argument('<role>')
        .action(
          commands.run(async (session, _options, id: string, role: string) => {
            const client = await session.client();
            await client.call('delete', `${ONE}/roles/{role_id}`, {
              path: { principal_id: id, role_id: role },
              signal: session.signal,
            });
            await show(session, id);
          }),
        ),
    )
    .addCommand(change('disable', 'let none of its credentials work', 'disabled', { disabled: true }))
    .addCommand(change('enable', 'let its credentials work again', 'enabled', { disabled: false }))
    .addCommand(
      commands
        .make('rm', 'delete one and revoke all its credentials, for good')
        .argument('<id>')
        .action(
          commands.run(async (session, _options, id: string) => {
            const client = await session.client();
            await client.call('delete', ONE, { path: { principal_id: id }, signal: session.signal });
            session.show({ id, deleted: true }, () => 'It is deleted.');
          }),
        ),
    )
    .addCommand(
      commands
        .make('quota', 'show or set how much it may store', [
          'imgsrv principals quota ID --stored 2TiB --uploads 20',
          'imgsrv principals quota ID --default',
        ])
        .argument('<id>')
        .option('--stored <size>', 'bytes of all that it brought')
        .option('--uploads <count>', 'uploads at the same time')
        .option('--default', 'what goes for everybody')
        .action(commands.run(quota)),
    );
}

async function list(session: Session): Promise<void> {
  const client = await session.client();
  const principals = await listAll(client, '/v1/auth/principals', 'principals', { signal: session.signal });
  session.show({ principals }, () =>
    table(
      ['ID', 'KIND', 'NAME', 'ROLES', 'STATE'],
      principals.map(({ id, kind, display_name, role_ids, disabled }) => [
        id,
        kind,
        display_name,
        role_ids.join(', '),
        disabled ? 'disabled' : 'enabled',
      ]),
    ),
  );
}

async function show(session: Session, id: string): Promise<void> {
  const client = await session.client();
  const principal = await client.call('get', ONE, { path: { principal_id: id }, signal: session.signal });
  session.show(principal, () => describe(principal));
}

function describe(principal: Principal): string {
  return facts([
    ['id', principal.id],
    ['name', principal.display_name],
    ['kind', principal.kind],
    ['roles', principal.role_ids.length === 0 ? 'none' : principal.role_ids.join(', ')],
    ['images', principal.image_patterns?.join(', ')],
    ['reads', principal.read_patterns?.join(', ')],
    [
      'by rules',
      principal.derived_roles.length === 0
        ? undefined
        : principal.derived_roles.map(({ role_id, rule_id }) => `${role_id} (${rule_id})`).join(', '),
    ],
    ['state', principal.disabled ? 'disabled' : 'enabled'],
  ]);
}

interface CreateOptions {
  readonly kind: 'service' | 'user';
  readonly role?: readonly string[];
  readonly images?: readonly string[];
  readonly withToken?: string;
}

async function create(
  session: Session,
  { kind, role = [], images, withToken }: CreateOptions,
  displayName: string,
): Promise<void> {
  if (images !== undefined && !role.some(isOfImages)) {
    throw usageError(
      '--images is for content-writers and content-readers.',
      'Add --role content-writer or --role content-reader.',
    );
  }
  const validMs = withToken === undefined ? undefined : readDuration(withToken, '--with-token');
  const client = await session.client();
  const { signal } = session;
  const { id } = await client.call('post', '/v1/auth/principals', {
    body: { kind, display_name: displayName },
    signal,
  });
  for (const name of role) await grant(session, id, name, isOfImages(name) ? images : undefined);
  if (validMs === undefined) {
    await show(session, id);
    return;
  }
  const token = await client.call('post', `${ONE}/api-tokens`, {
    path: { principal_id: id },
    body: { expires_at: new Date(Date.now() + validMs).toISOString() },
    signal,
  });
  session.note(`${displayName} is ${id}. This token is valid until ${timeText(token.expires_at) ?? ''}:`);
  session.show(token, () => token.plaintext);
}

function isOfImages(role: string): boolean {
  return role === 'content-writer' || role === 'content-reader';
}

async function grant(session: Session, id: string, role: string, images?: readonly string[]): Promise<void> {
  const client = await session.client();
  await client.call('put', `${ONE}/roles/{role_id}`, {
    path: { principal_id: id, role_id: role },
    ...(images === undefined ? {} : { body: { image_patterns: images } }),
    signal: session.signal,
  });
}

async function quota(
  session: Session,
  {
    stored,
    uploads,
    default: byDefault,
  }: { readonly stored?: string; readonly uploads?: string; readonly default?: boolean },
  id: string,
): Promise<void> {
  const client = await session.client();
  const at = { path: { principal_id: id }, signal: session.signal };
  if (byDefault === true) await client.call('delete', `${ONE}/quota`, at);
  else if (stored !== undefined || uploads !== undefined) {
    const body = {
      ...(stored === undefined ? {} : { stored_bytes: readBytes(stored, '--stored') }),
      ...(uploads === undefined ? {} : { open_uploads: readCount(uploads, '--uploads', 0) }),
    };
    await client.call('put', `${ONE}/quota`, { ...at, body });
  }
  const current = await client.call('get', `${ONE}/quota`, at);
  session.show(current, () =>
    facts([
      ['may store', current.stored_bytes === undefined ? 'anything' : bytesText(current.stored_bytes)],
      ['stores', bytesText(current.used.stored_bytes)],
      ['uploads', `${current.used.open_uploads} of ${current.open_uploads?.toString() ?? 'any number'}`],
      ['quota of', current.source === 'default' ? 'the server' : 'the principal'],
    ]),
  );
}
