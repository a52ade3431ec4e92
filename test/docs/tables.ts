/** The cells of every table row whose first cell is code, such as `` `name` ``, trimmed. */
export function codeRows(page: string): string[][] {
  return page
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

/** The text between this heading and the next of the same or a higher rank. Throws when it is not there. */
export function sectionOf(page: string, heading: string): string {
  const [ticks = ''] = /^#+/.exec(heading) ?? [];
  const [, rest] = `\n${page}`.split(`\n${heading}\n`);
  if (rest === undefined) {
    throw new Error(`there is no section ${heading}`);
  }
  const next = new RegExp(`^#{1,${ticks.length}} `, 'm').exec(rest);
  return next === null ? rest : rest.slice(0, next.index);
}
