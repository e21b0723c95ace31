// Holds recorded exchanges against the API's document.
//
//   node check.mjs OPENAPI EXCHANGES
//
// Fails on: a document that is not OpenAPI 3.1; a status, media type, header or field that the document does not have; an
// operation of a role without a good answer; a documented status or header that never came and is not in unreachable.json; an
// entry of unreachable.json that came all the same. At last it alters good exchanges and checks that it finds each alteration.
import { readFileSync } from 'node:fs';
import { Validator } from '@seriousme/openapi-schema-validator';
import Ajv2020 from 'ajv/dist/2020.js';

const document = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const recorded = readFileSync(process.argv[3], 'utf8').trimEnd().split('\n').map((line) => JSON.parse(line));
const unreachable = JSON.parse(readFileSync(new URL('unreachable.json', import.meta.url), 'utf8'));

// What HTTP itself and the server's hardening add to any response.
const EVERYWHERE = new Set(['connection', 'content-length', 'content-type', 'date', 'cache-control', 'vary',
  'x-content-type-options', 'referrer-policy', 'access-control-allow-origin', 'retry-after', 'allow']);
const URN = 'urn:mpcstats:problem:';

const ajv = new Ajv2020.default({ strict: true, allErrors: true, validateFormats: false });
ajv.addKeyword('components');
ajv.addSchema({ components: document.components }, 'openapi');

function resolve(node) {
  if (!node?.$ref) return node;
  return node.$ref.split('/').slice(1).reduce((at, key) => at[key.replaceAll('~1', '/').replaceAll('~0', '~')], document);
}

// Schemas refer to each other by their place in the whole document.
function absolute(node) {
  if (Array.isArray(node)) return node.map(absolute);
  if (node === null || typeof node !== 'object') return node;
  return Object.fromEntries(Object.entries(node).map(([key, value]) =>
    [key, key === '$ref' ? `openapi${value}` : absolute(value)]));
}
const compiled = new Map();
function faultsOf(schema, value) {
  const key = JSON.stringify(schema);
  if (!compiled.has(key)) compiled.set(key, ajv.compile(absolute(schema)));
  const validate = compiled.get(key);
  return validate(value) ? [] : validate.errors.map((e) => `${e.instancePath || '/'} ${e.message} ${JSON.stringify(e.params)}`);
}

// The problems that any address may answer with, which the document lists in words.
const anyProblem = resolve(document.components.responses.Problem);
const anywhere = new Set(anyProblem.description.match(/[a-z]+(-[a-z]+)*/g));

function operationOf(exchange) {
  return document.paths[exchange.path]?.[exchange.method.toLowerCase()];
}

// All that is wrong with one exchange.
function check(exchange) {
  const operation = operationOf(exchange);
  const listed = resolve(operation?.responses[exchange.status]);
  const headers = exchange.headers;
  const type = (headers['content-type'] ?? '').split(';')[0];
  let response = listed;
  if (!listed) {
    // Not for this operation: only what the document says of every address.
    if (exchange.status < 400) return [`the status ${exchange.status} is not documented`];
    response = anyProblem;
    let problem;
    try {
      problem = JSON.parse(exchange.body);
    } catch {
      return [`the status ${exchange.status} is not documented and its body is no problem`];
    }
    if (!anywhere.has(problem.type?.replace(URN, ''))) {
      return [`the status ${exchange.status} (${problem.type}) is not documented`];
    }
  }
  const faults = [];
  const content = response.content ?? {};
  if (exchange.body === '') {
    if (Object.keys(content).length > 0) faults.push('the body is empty');
  } else if (!content[type]) {
    faults.push(`the media type ${type || '(none)'} is not documented`);
  } else if (type.endsWith('json')) {
    let body;
    try {
      body = JSON.parse(exchange.body);
    } catch (error) {
      return [`the body is no JSON: ${error.message}`];
    }
    faults.push(...faultsOf(content[type].schema, body));
    if (type === 'application/problem+json' && body.status !== exchange.status) faults.push('the problem has another status');
  }
  const known = Object.fromEntries(Object.entries(response.headers ?? {}).map(([name, h]) => [name.toLowerCase(), resolve(h)]));
  for (const [name, value] of Object.entries(headers)) {
    if (known[name]) {
      const wanted = known[name].schema ?? {};
      const read = wanted.type === 'integer' ? Number(value) : value;
      faults.push(...faultsOf(wanted, read).map((fault) => `header ${name}: ${fault}`));
    } else if (!EVERYWHERE.has(name)) {
      faults.push(`the header ${name} is not documented`);
    }
  }
  return faults;
}

const failures = [];
const seen = new Set();
const seenHeaders = new Set();
const good = new Set();
for (const exchange of recorded) {
  const name = `${exchange.method} ${exchange.path}`;
  for (const fault of check(exchange)) failures.push(`${exchange.role}: ${name}: ${exchange.status}: ${fault}`);
  const operation = operationOf(exchange);
  if (!operation) continue;
  if (!operation.tags.includes(exchange.role)) failures.push(`${name}: the document says that a ${exchange.role} has none`);
  seen.add(`${name} ${exchange.status}`);
  for (const header of Object.keys(exchange.headers)) seenHeaders.add(`${name} ${exchange.status} ${header}`);
  if (exchange.status < 300) good.add(`${exchange.role} ${name}`);
}

const valid = await new Validator().validate(document);
if (!valid.valid) failures.push(`the document is not valid OpenAPI: ${JSON.stringify(valid.errors)}`);
if (!document.openapi?.startsWith('3.1.')) failures.push('the document is not OpenAPI 3.1');

const excused = new Set(unreachable.map((one) => [one.operation, one.status, one.header].filter(Boolean).join(' ')));
const used = new Set();
const missing = (what) => {
  if (excused.has(what)) used.add(what);
  else failures.push(`${what}: documented, and never came`);
};
let statuses = 0;
for (const [path, item] of Object.entries(document.paths)) {
  for (const [method, operation] of Object.entries(item)) {
    if (!operation.responses) continue;
    const name = `${method.toUpperCase()} ${path}`;
    for (const role of operation.tags) {
      if (!good.has(`${role} ${name}`)) failures.push(`${role} ${name}: no good answer`);
    }
    for (const [status, given] of Object.entries(operation.responses)) {
      if (status === 'default') continue;
      ++statuses;
      if (!seen.has(`${name} ${status}`)) {
        missing(`${name} ${status}`);
        continue;
      }
      for (const header of Object.keys(resolve(given).headers ?? {})) {
        if (!seenHeaders.has(`${name} ${status} ${header.toLowerCase()}`)) missing(`${name} ${status} ${header}`);
      }
    }
  }
}
for (const what of excused) if (!used.has(what)) failures.push(`${what}: unreachable.json excuses what came or does not exist`);

// A check that finds nothing would be none: alter good exchanges and see that each alteration is found.
let altered = 0;
const mustFind = (exchange, what) => {
  ++altered;
  if (check(exchange).length === 0) failures.push(`the check does not notice: ${what}`);
};
for (const exchange of recorded) {
  if (check(exchange).length > 0 || !operationOf(exchange)) continue;
  mustFind({ ...exchange, status: 299 }, 'an undocumented status');
  mustFind({ ...exchange, headers: { ...exchange.headers, 'x-more': '1' } }, 'an undocumented header');
  if (exchange.body !== '') mustFind({ ...exchange, headers: { ...exchange.headers, 'content-type': 'text/csv' } }, 'a media type');
  const type = exchange.headers['content-type'] ?? '';
  if (!type.includes('json') || exchange.path === '/v1/openapi.json') continue;
  const body = JSON.parse(exchange.body);
  mustFind({ ...exchange, body: JSON.stringify({ ...body, more: 1 }) }, 'an undocumented field');
  for (const key of Object.keys(body)) {
    const { [key]: _, ...rest } = body;
    mustFind({ ...exchange, body: JSON.stringify({ ...body, [key]: { not: 'this' } }) }, `${exchange.path}: another type of ${key}`);
    if (!(exchange.path.endsWith('/{id}') || exchange.path === '/v1/info')) {
      mustFind({ ...exchange, body: JSON.stringify(rest) }, `${exchange.path}: a field that is missing: ${key}`);
    }
  }
}

for (const failure of [...new Set(failures)]) console.error(`FAIL ${failure}`);
console.log(`${recorded.length} exchanges, ${seen.size} of ${statuses} documented statuses, ${altered} alterations found`);
process.exit(failures.length === 0 ? 0 : 1);
