import { isPublished } from '../visibility.js';
import { type ContentFilter, namesArtifact } from './content-filter.js';
import type { SqlParameters } from './sql-parameters.js';

/**
 * As SQL, the conditions under which an image, by the expression of its id, has a published version like that. What triggers
 * count for each image finds the few that may, and nearly always tells it; only a label of the very version with such an
 * artifact has to be looked for in the versions of these.
 */
export function offersContent(image: string, filter: ContentFilter, parameters: SqlParameters): string[] {
  const { label } = filter;
  const conditions: string[] = [];
  if (namesArtifact(filter)) {
    conditions.push(
      `EXISTS (SELECT FROM artifact_facets f WHERE ${['f.image_id = ' + image, ...isArtifact('f', filter, parameters)].join(' AND ')})`,
    );
  }
  if (label !== undefined) {
    conditions.push(
      `EXISTS (SELECT FROM label_facets f WHERE f.image_id = ${image}
         AND f.key = ${parameters.add(label.key, 'text')} AND f.value = ${parameters.add(label.value, 'text')})`,
    );
  }
  if (namesArtifact(filter) && label !== undefined) {
    const both = hasContent('v', filter, parameters).join(' AND ');
    // As a value, so that the planner looks at one image after the other and stops at the end of the page.
    conditions.push(
      `(SELECT true FROM versions v WHERE v.image_id = ${image} AND ${isPublished('v')} AND ${both} LIMIT 1)`,
    );
  }
  return conditions;
}

/** As SQL, the conditions under which a row of `versions` of this alias is like that. */
export function hasContent(version: string, filter: ContentFilter, parameters: SqlParameters): string[] {
  const { label } = filter;
  const conditions: string[] = [];
  if (label !== undefined) {
    conditions.push(
      `${version}.labels ->> ${parameters.add(label.key, 'text')} = ${parameters.add(label.value, 'text')}`,
    );
  }
  if (namesArtifact(filter)) {
    conditions.push(
      `EXISTS (SELECT FROM artifacts a WHERE ${[`a.version_id = ${version}.id`, ...isArtifact('a', filter, parameters)].join(' AND ')})`,
    );
  }
  return conditions;
}

function isArtifact(
  row: string,
  { operatingSystem, architecture, format }: ContentFilter,
  parameters: SqlParameters,
): string[] {
  return [
    ['operating_system', operatingSystem] as const,
    ['architecture', architecture] as const,
    ['format', format] as const,
  ].flatMap(([column, value]) =>
    value === undefined ? [] : [`${row}.${column} = ${parameters.add(value, 'text')}`],
  );
}
