import type { Command } from 'commander';

/** A script for bash that completes the commands and options of a program; where a file may come, files. */
export function bashCompletion(program: Command): string {
  const name = program.name();
  const cases = commandsBelow(program).map(
    ({ path, command }) => `    ${quote(path)}) words=${quote(wordsOf(command).join(' '))} ;;`,
  );
  return [
    `_${name}() {`,
    '  local word=${COMP_WORDS[COMP_CWORD]} path= candidate words=',
    '  for candidate in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do',
    '    case "$path $candidate" in',
    `      ${commandsBelow(program)
      .filter(({ path }) => path !== '')
      .map(({ path }) => quote(path))
      .join('|')}) path="$path $candidate" ;;`,
    '    esac',
    '  done',
    '  case "$path" in',
    ...cases,
    '  esac',
    '  COMPREPLY=($(compgen -W "$words" -- "$word"))',
    '}',
    `complete -o default -F _${name} ${name}`,
    '',
  ].join('\n');
}

/** Each command with the words that lead to it, each after a space. */
function commandsBelow(command: Command, path = ''): { readonly path: string; readonly command: Command }[] {
  return [
    { path, command },
    ...command.commands.flatMap((member) => commandsBelow(member, `${path} ${member.name()}`)),
  ];
}

function wordsOf(command: Command): string[] {
  const options = command.options.flatMap(({ long }) => (long === undefined ? [] : [long]));
  return [...command.commands.map((member) => member.name()), ...options, '--help'];
}

function quote(text: string): string {
  return `'${text}'`;
}
