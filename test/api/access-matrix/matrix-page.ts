import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Column, COLUMNS } from './credential-kinds.js';

/** Where everybody can read who may call what. */
const PAGE = join(import.meta.dirname, '..', '..', '..', 'docs', 'reference', 'access-matrix.md');
const HEADER = ['route', 'of', ...COLUMNS];

/** Status codes by row (`routeOf`) and column. */
export type Matrix = ReadonlyMap<string, Readonly<Record<Column, string>>>;

/** The key of a row. */
export function rowName(route: string, of: string): string {
  return `${route} | ${of}`;
}

/** What the page says. Throws when it has no table with exactly the columns, or names a row twice. */
export async function readMatrix(): Promise<Matrix> {
  const rows = (await readFile(PAGE, 'utf8')).split('\n').filter(isTableLine).map(cellsOf);
  const start = rows.findIndex((cells) => cells.join() === HEADER.join());
  if (start < 0) {
    throw new Error(`the page has no table with the columns ${HEADER.join(', ')}`);
  }
  const matrix = new Map<string, Record<Column, string>>();
  for (const [route = '', of = '', ...statuses] of rows.slice(start + 2)) {
    const name = rowName(route.replaceAll('`', ''), of);
    if (matrix.has(name) || statuses.length !== COLUMNS.length) {
      throw new Error(`the page has the row ${name} twice, or not all of its cells`);
    }
    matrix.set(name, toRow(statuses));
  }
  return matrix;
}

/** Puts another table in the place of the one on the page. */
export async function writeMatrix(matrix: Matrix): Promise<void> {
  const lines = (await readFile(PAGE, 'utf8')).split('\n');
  const start = lines.findIndex((line) => isTableLine(line) && cellsOf(line).join() === HEADER.join());
  const length = lines.slice(start).findIndex((line) => !isTableLine(line));
  const rows = [...matrix].map(([name, statuses]) => {
    const [route = '', of = ''] = name.split(' | ');
    return [`\`${route}\``, of, ...COLUMNS.map((column) => statuses[column])];
  });
  const table = [HEADER, HEADER.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  lines.splice(start, length, ...table);
  await writeFile(PAGE, lines.join('\n'));
}

function isTableLine(line: string): boolean {
  return line.startsWith('|');
}

function cellsOf(line: string): string[] {
  return line
    .slice(1, line.lastIndexOf('|'))
    .split('|')
    .map((cell) => cell.trim());
}

function toRow(statuses: readonly string[]): Record<Column, string> {
  return Object.fromEntries(COLUMNS.map((column, index) => [column, statuses[index]])) as Record<
    Column,
    string
  >;
}
