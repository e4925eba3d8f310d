/** A stored object is parsed again before it is used: ratcheting lets objects live that today's schema refuses. */
import type { z } from 'zod';
import { deepest } from './dialect.ts';

export interface Problem {
  /** As people write it: `spec.pools[0].roles`. */
  path: string;
  message: string;
}

export type Parsed<Value> = { ok: true; value: Value } | { ok: false; problems: Problem[] };

export function parse<Schema extends z.ZodType>(
  schema: Schema,
  input: unknown,
  root: string,
): Parsed<z.output<Schema>> {
  const forgotten = forgottenAt(input);
  if (forgotten !== undefined) return { ok: false, problems: [{ path: pathOf(root, forgotten), message: noName }] };
  const result = schema.safeParse(input);
  if (result.success) return { ok: true, value: result.data };
  const problems = result.error.issues.map((issue) => ({ path: pathOf(root, issue.path), message: messageOf(issue) }));
  return { ok: false, problems };
}

const noName = 'is no name that anything can have: remove it';

/** Where a key is that zod leaves out of every map without a word: nobody would know that it is not in force. */
function forgottenAt(input: unknown, levels = deepest): PropertyKey[] | undefined {
  if (typeof input !== 'object' || input === null || levels === 0) return undefined;
  if (Object.hasOwn(input, '__proto__')) return ['__proto__'];
  for (const [key, part] of Object.entries(input)) {
    const found = forgottenAt(part, levels - 1);
    if (found !== undefined) return [Array.isArray(input) ? Number(key) : key, ...found];
  }
  return undefined;
}

/** What is wrong with a key stands one level deeper. */
function messageOf(issue: z.core.$ZodIssue): string {
  return issue.code === 'invalid_key' ? (issue.issues[0]?.message ?? issue.message) : issue.message;
}

function pathOf(root: string, path: readonly PropertyKey[]): string {
  return path.reduce<string>((whole, part) => whole + segmentOf(part), root);
}

function segmentOf(part: PropertyKey): string {
  if (typeof part === 'number') return `[${part}]`;
  const name = String(part);
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`;
}
