// Writes src/api-types.ts from the OpenAPI document; with --check it only says whether that is up to date.
import { readFile, writeFile } from 'node:fs/promises';
import openapiTypescript, { astToString } from 'openapi-typescript';
import { format } from 'prettier';
import { parse } from 'yaml';

const document = new URL('../../docs/openapi/v1.yaml', import.meta.url);
const target = new URL('src/api-types.ts', import.meta.url);

const types = astToString(
  await openapiTypescript(calls(parse(await readFile(document, 'utf8'))), {
    alphabetize: true,
    immutable: true,
  }),
);
// The descriptions stand in the document; here they would be thousands of lines that nobody reads.
const generated = await format(
  `// Made of docs/openapi/v1.yaml by libs/client/generate-api-types.mjs. Do not edit.\n${types.replaceAll(/^ *\/\*\*(?:.|\n)*?\*\/\n/gm, '')}`,
  { parser: 'typescript', singleQuote: true, printWidth: 110, trailingComma: 'all' },
);

if (!process.argv.includes('--check')) {
  await writeFile(target, generated);
} else if ((await readFile(target, 'utf8')) !== generated) {
  console.error('libs/client/src/api-types.ts is not what docs/openapi/v1.yaml says: npm run client-types');
  process.exit(1);
}

/** What a caller needs of the document: every refusal is a problem, whatever its status. */
function calls({ openapi, info, paths, components }) {
  for (const operation of Object.values(paths).flatMap(Object.values)) {
    for (const [status, response] of Object.entries(operation.responses)) {
      if (/^[123]/.test(status)) delete response.headers;
      else delete operation.responses[status];
    }
  }
  return { openapi, info, paths, components: { schemas: components.schemas } };
}
