import type { Command } from 'commander';
import { bashCompletion } from '../completion/bash-completion.js';
import type { CommandMaker } from '../command.js';

/** `imgsrv completion`. */
export function completionCommand(commands: CommandMaker): Command {
  const command = commands
    .make('completion', 'print what completes commands and options in bash', [
      'source <(imgsrv completion)                             # in this shell',
      'imgsrv completion > ~/.local/share/bash-completion/completions/imgsrv',
    ])
    .action(
      commands.run((session) => {
        session.terminal.stdout.write(bashCompletion(rootOf(command)));
        return Promise.resolve();
      }),
    );
  return command;
}

function rootOf(command: Command): Command {
  return command.parent === null ? command : rootOf(command.parent);
}
