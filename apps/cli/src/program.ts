import { Command, Option } from 'commander';
import { CommandMaker } from './command.js';
import { aliasCommand } from './commands/alias.command.js';
import { linksCommand } from './commands/links.command.js';
import { visibilityCommand } from './commands/visibility.command.js';
import { promoteCommand, promotionsCommand } from './commands/promotions.command.js';
import { auditCommand } from './commands/audit.command.js';
import { channelsCommand } from './commands/channels.command.js';
import { completionCommand } from './commands/completion.command.js';
import { doctorCommand } from './commands/doctor.command.js';
import { jobsCommand } from './commands/jobs.command.js';
import { deprecateCommand, restoreCommand, withdrawCommand } from './commands/lifecycle.commands.js';
import { loginCommand } from './commands/login.command.js';
import { logoutCommand } from './commands/logout.command.js';
import { lsCommand } from './commands/ls.command.js';
import { principalsCommand } from './commands/principals.command.js';
import { publishCommand } from './commands/publish.command.js';
import { pullCommand } from './commands/pull.command.js';
import { retentionCommand } from './commands/retention.command.js';
import { rulesCommand } from './commands/rules.command.js';
import { showCommand } from './commands/show.command.js';
import { storageCommand } from './commands/storage.command.js';
import { tokensCommand } from './commands/tokens.command.js';
import { uploadsCommand } from './commands/uploads.command.js';
import { whoamiCommand } from './commands/whoami.command.js';
import { EXIT_CODES, EXIT_MEANINGS, type ExitReason } from './exit-codes.js';
import { OIDC_PROVIDERS } from './settings/config-file.js';
import type { Terminal } from './settings/terminal.js';
import { CLI_VERSION } from './version.js';

/** The whole command, with every subcommand in the order of its help. */
export function createProgram(terminal: Terminal): Command {
  const commands = new CommandMaker(terminal);
  const program = new Command('imgsrv')
    .description('Publish images to an imgsrv server, and fetch them.')
    .version(CLI_VERSION, '--version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .addHelpText('after', epilogue());
  const groups: readonly (readonly [string, readonly ((commands: CommandMaker) => Command)[]])[] = [
    ['Who you are:', [loginCommand, whoamiCommand, logoutCommand]],
    ['Read:', [lsCommand, showCommand, pullCommand]],
    [
      'Publish:',
      [
        publishCommand,
        jobsCommand,
        uploadsCommand,
        aliasCommand,
        promoteCommand,
        promotionsCommand,
        channelsCommand,
        visibilityCommand,
      ],
    ],
    ['Afterwards:', [deprecateCommand, withdrawCommand, restoreCommand, retentionCommand]],
    [
      'Manage the server:',
      [principalsCommand, tokensCommand, linksCommand, rulesCommand, auditCommand, storageCommand],
    ],
    ['Besides:', [doctorCommand, completionCommand]],
  ];
  for (const [heading, members] of groups) {
    for (const make of members) program.addCommand(make(commands).helpGroup(heading));
  }
  everyCommand(program, (command) => {
    command
      .exitOverride()
      .configureOutput({
        writeOut: (text) => terminal.stdout.write(text),
        writeErr: (text) => terminal.stderr.write(text),
        getErrHelpWidth: () => HELP_WIDTH,
        getOutHelpWidth: () => HELP_WIDTH,
        outputError: (text, write) => {
          write(`imgsrv: ${text.replace(/^error: /, '')}`);
        },
      })
      .helpCommand(false)
      .showSuggestionAfterError()
      .showHelpAfterError(`  imgsrv${pathOf(command)} --help shows how it is used.`);
    addGlobalOptions(command);
  });
  return program;
}

/** The same everywhere, whatever the terminal is: the documentation shows it, too. */
const HELP_WIDTH = 100;

/** Every command takes them, before or after its name; only the help of `imgsrv` itself lists them. */
function addGlobalOptions(command: Command): void {
  const isTop = command.parent === null;
  const options = [
    new Option('--json', 'print results as JSON, for programs'),
    new Option('--url <url>', 'speak to this server (IMGSRV_URL)'),
    new Option('--ca-cert <file>', 'trust the authorities in this PEM file, too (IMGSRV_CA_CERT)'),
    new Option('--oidc <system>', 'use the OpenID Connect token of the CI job (IMGSRV_OIDC)').choices(
      OIDC_PROVIDERS,
    ),
    new Option(
      '--audience <text>',
      'audience of that token; default the address of the server (IMGSRV_OIDC_AUDIENCE)',
    ),
    new Option(
      '--retry-for <duration>',
      'go on asking a server that does not answer for so long, such as 30s',
    ),
    new Option('-q, --quiet', 'say nothing but results and errors'),
  ];
  for (const option of options)
    command.addOption(isTop ? option.helpGroup('Options of every command:') : option.hideHelp());
}

function everyCommand(command: Command, visit: (command: Command) => void): void {
  visit(command);
  for (const member of command.commands) everyCommand(member, visit);
}

function pathOf(command: Command): string {
  return command.parent === null ? '' : `${pathOf(command.parent)} ${command.name()}`;
}

function epilogue(): string {
  const reasons = Object.entries(EXIT_CODES) as [ExitReason, number][];
  return [
    '',
    'Environment:',
    '  IMGSRV_URL, IMGSRV_TOKEN  the server and the token, instead of those that login saved',
    '  https_proxy, no_proxy     the way there, as for curl',
    '',
    'Exit codes:',
    ...reasons.map(([reason, code]) => `  ${String(code).padEnd(4)} ${EXIT_MEANINGS[reason]}`),
    '',
    'imgsrv COMMAND --help explains a command and gives examples.',
  ].join('\n');
}
