import { Argument, type Command } from 'commander';
import type { CommandMaker } from '../command.js';
import { readImage } from '../image-ref.js';
import type { Session } from '../session.js';
import { VISIBILITIES, type Visibility } from '../visibility.js';

const SEEN_BY: Readonly<Record<Visibility, string>> = {
  public: 'everybody sees it',
  internal: 'whoever has a credential sees it',
  private: 'only those with a grant for it see it',
};

/** `imgsrv visibility`. */
export function visibilityCommand(commands: CommandMaker): Command {
  return commands
    .make('visibility', 'say who sees what is published of an image, or change it', [
      'imgsrv visibility debian',
      'imgsrv visibility debian private',
    ])
    .argument('<image>')
    .addArgument(
      new Argument(
        '[visibility]',
        'everybody, whoever has a credential, or those with a grant for it',
      ).choices(VISIBILITIES),
    )
    .action(
      commands.run((session, _options, image: string, visibility?: Visibility) =>
        setOrShow(session, readImage(image), visibility),
      ),
    );
}

async function setOrShow(session: Session, name: string, visibility: Visibility | undefined): Promise<void> {
  const client = await session.client();
  const { signal } = session;
  const image =
    visibility === undefined
      ? await client.call('get', '/v1/images/{name}', { path: { name }, signal })
      : await client.call('patch', '/v1/images/{name}', { path: { name }, body: { visibility }, signal });
  session.show(image, () => `${image.name} is ${image.visibility}: ${SEEN_BY[image.visibility]}.`);
}
