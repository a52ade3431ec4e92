import { Command } from 'commander';
import { type GlobalOptions, Session } from './session.js';
import type { Terminal } from './settings/terminal.js';

/** Makes the commands of one run, each with its part of the help. */
export class CommandMaker {
  constructor(private readonly terminal: Terminal) {}

  /** A command without an action yet. `examples` end its help. */
  make(name: string, description: string, examples: readonly string[] = []): Command {
    const command = new Command(name).description(description);
    if (examples.length > 0)
      command.addHelpText('after', `\nExamples:\n${examples.map((line) => `  $ ${line}`).join('\n')}`);
    return command;
  }

  /** Does the work of a command in a session that is closed at its end. */
  run(
    work: (session: Session, options: never, ...args: never[]) => Promise<void>,
  ): (...args: unknown[]) => Promise<void> {
    return async (...received) => {
      const command = received.at(-1) as Command;
      const session = new Session(this.terminal, command.optsWithGlobals<GlobalOptions>());
      try {
        await work(session, command.opts<never>(), ...(received.slice(0, -2) as never[]));
      } finally {
        session.close();
      }
    };
  }
}
