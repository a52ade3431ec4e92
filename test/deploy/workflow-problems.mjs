// Prints what is wrong with the workflow on standard input by the schema of GitHub, as a JSON list. A process of its own,
// because Jest cannot load the parser, which is for `import` only.
import { readFileSync } from 'node:fs';
import { register } from 'node:module';

// The parser imports its schema as bundlers allow it, without saying that it is JSON.
const hooks = `export const load = (url, context, next) =>
  next(url, url.endsWith('.json') ? { ...context, importAttributes: { type: 'json' } } : context);`;
register(`data:text/javascript,${encodeURIComponent(hooks)}`);
const { NoOperationTraceWriter, parseWorkflow } = await import('@actions/workflow-parser');

const workflow = { name: 'workflow.yml', content: readFileSync(0, 'utf8') };
const { context } = parseWorkflow(workflow, new NoOperationTraceWriter());
console.log(JSON.stringify(context.errors.getErrors().map(({ message }) => message)));
