/** Any value as bounded, plain JSON in which no secret is left. */

const REDACTED = '[redacted]';
const SECRET_NAME = /password|secret|token|key$/i;
const DEEPEST = 8;

/** Secrets that travel inside text: assignments as in JAAS, CQL and query strings, keys, bearer tokens, URLs with a user. */
const SECRET_TEXT: [RegExp, string][] = [
  [/((?:password|secret|token)["']?\s*=\s*)("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s,;&]+)/gi, `$1${REDACTED}`],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]*(?:-----END [A-Z ]*PRIVATE KEY-----)?/g, REDACTED],
  [/(bearer )[\w.~+/=-]+/gi, `$1${REDACTED}`],
  [/(:\/\/[^\s:/@]+:)[^\s/@]+(?=@)/g, `$1${REDACTED}`],
];

export function printable(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return withoutSecrets(value);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'function' || typeof value === 'symbol') return `[${typeof value}]`;
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= DEEPEST) return '[deeper]';
  if (value instanceof Error) return printableError(value, depth);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
  if (Array.isArray(value)) return value.map((item) => printable(item, depth + 1));
  return isPlain(value) ? printableFields(value, depth) : `[${value.constructor?.name ?? 'object'}]`;
}

function printableFields(fields: object, depth: number): Record<string, unknown> {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    entries.map(([name, value]) => [name, SECRET_NAME.test(name) ? REDACTED : printable(value, depth + 1)]),
  );
}

function printableError(error: Error, depth: number): Record<string, unknown> {
  const { message, stack, cause } = error;
  return printableFields({ name: error.name, message, stack, cause, ...causesOf(error) }, depth);
}

function causesOf(error: Error): object {
  return error instanceof AggregateError ? { causes: error.errors } : {};
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function withoutSecrets(text: string): string {
  return SECRET_TEXT.reduce((rest, [pattern, replacement]) => rest.replace(pattern, replacement), text);
}
