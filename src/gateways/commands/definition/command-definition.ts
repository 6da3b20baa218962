import { Fields } from './fields.js';
import { isScalar, TemplateCompiler, type Template } from './template.js';
import { readOptionSchemas, type ObjectSchema } from './option-schema.js';
import { readUrlTemplate, type UrlTemplate } from './url-template.js';

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
const HEADER_NAME = /^[!#$%&'*+.^_`|~\w-]+$/;
const TAKEN_HEADERS = ['connection', 'content-length', 'content-type', 'host', 'transfer-encoding'];

export type Method = (typeof METHODS)[number];

/** One command of the commands file: what it asks which back end, and what becomes of the answer. */
export interface CommandDefinition {
  readonly name: string;
  /** Where clients may use it; undefined: everywhere. */
  readonly paths: readonly string[] | undefined;
  readonly options: ObjectSchema;
  readonly needsUser: boolean;
  readonly method: Method;
  readonly url: UrlTemplate;
  readonly query: readonly (readonly [name: string, value: Template])[];
  readonly body: Template | undefined;
  /** The header that carries the client's token; undefined: the token is not forwarded. */
  readonly tokenHeader: string | undefined;
  /** Undefined: the answer as it is. */
  readonly payload: Template | undefined;
  readonly live: LiveDefinition | undefined;
}

/** What makes two subscribing commands the same live query. */
export interface LiveDefinition {
  readonly resource: string;
  readonly where: Template;
}

/** Reads one command. What it returns counts only when no fault was noted. */
export function readCommandDefinition(name: string, fields: Fields): CommandDefinition {
  const options: ObjectSchema = { type: 'object', required: true, fields: readOptionSchemas(fields, 'options') };
  const compiler = new TemplateCompiler(options, fields.faults);
  const paths = fields.texts('paths');
  const request = readRequest(fields.fields('request'), compiler);
  const payload = fields.has('payload')
    ? compiler.compile(fields.value('payload'), fields.pathOf('payload'), ['answer', 'options', 'user'])
    : undefined;
  const live = fields.has('subscribe') ? readLive(fields.fields('subscribe'), compiler) : undefined;
  if (live !== undefined && request.method !== 'GET') {
    fields.fault('subscribe', 'is for commands that GET: the request is repeated whenever the data has changed');
  }
  fields.refuseOthers();
  return { name, paths, options, ...request, payload, live, needsUser: compiler.usesUser };
}

type Request = Pick<CommandDefinition, 'method' | 'url' | 'query' | 'body' | 'tokenHeader'>;

function readRequest(fields: Fields, compiler: TemplateCompiler): Request {
  const method = fields.oneOf('method', METHODS, 'GET') ?? 'GET';
  const url = readUrlTemplate(fields.text('url'), fields.pathOf('url'), compiler, fields.faults);
  const query = readQuery(fields, compiler);
  const body = fields.has('body')
    ? compiler.compile(fields.value('body'), fields.pathOf('body'), ['options', 'user'])
    : undefined;
  if (body !== undefined && method === 'GET') fields.fault('body', 'must not be there with the method GET');
  const tokenHeader = fields.optionalText('token');
  if (tokenHeader !== undefined && !HEADER_NAME.test(tokenHeader)) {
    fields.fault('token', 'must be the name of an HTTP header');
  }
  if (TAKEN_HEADERS.includes(tokenHeader?.toLowerCase() ?? ''))
    fields.fault('token', 'is a header that HTTP itself needs');
  fields.refuseOthers();
  return { method, url, query, body, tokenHeader };
}

function readQuery(fields: Fields, compiler: TemplateCompiler): CommandDefinition['query'] {
  return fields.entries('query').map(([name, value]) => {
    const path = `${fields.pathOf('query')}.${name}`;
    if (typeof value === 'object') fields.faults.push(`${path} must be a text, a number or true or false`);
    const reference = /^\{([^{}]*)\}$/.exec(String(value))?.[1];
    const schema = reference === undefined ? undefined : compiler.refer(reference, path, ['options', 'user'])?.schema;
    const repeatable = schema?.type === 'array' ? schema.of : schema;
    if (repeatable !== undefined && !isScalar(repeatable)) {
      fields.faults.push(`${path}: {${reference}} must be a value or an array of values`);
    }
    return [name, compiler.compile(value, path, ['options', 'user'])] as const;
  });
}

function readLive(fields: Fields, compiler: TemplateCompiler): LiveDefinition {
  const resource = fields.text('resource');
  if (!fields.has('where')) fields.fault('where', 'must say what tells one live query from another');
  const where = compiler.compile(fields.value('where'), fields.pathOf('where'), ['options', 'user']);
  fields.refuseOthers();
  return { resource, where };
}
