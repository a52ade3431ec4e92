import type { Command } from 'commander';
import { CliError } from '../cli.errors.js';
import type { CommandMaker } from '../command.js';
import { examineServer, type Finding } from '../doctor/examine-server.js';

/** `imgsrv doctor`. */
export function doctorCommand(commands: CommandMaker): Command {
  return commands
    .make(
      'doctor',
      'look at a server as its clients meet it: address, TLS, clock, readiness, lists, and what you may do',
      ['imgsrv doctor', 'imgsrv doctor --url https://images.example --ca-cert ca.pem'],
    )
    .action(
      commands.run(async (session) => {
        const server = await session.server();
        const findings = await examineServer(session.clientOf(server), server, session.signal);
        session.show({ url: server.url, findings }, () => [server.url, ...findings.map(describe)].join('\n'));
        const failed = findings.filter(({ verdict }) => verdict === 'fails').map(({ check }) => check);
        if (failed.length > 0) {
          throw new CliError(
            failed.includes('reachable') ? 'unreachable' : 'failure',
            `Something is wrong: ${failed.join(', ')}.`,
          );
        }
      }),
    );
}

const MARKS: Readonly<Record<Finding['verdict'], string>> = {
  ok: 'ok    ',
  beware: 'beware',
  fails: 'FAILS ',
};

function describe({ check, verdict, detail, hint }: Finding): string {
  const line = `  ${MARKS[verdict]}  ${check}: ${detail}`;
  return hint === undefined ? line : `${line}\n          ${hint}`;
}
