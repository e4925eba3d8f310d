/**
 * The words that the kinds are written in: the part of zod that becomes a structural Kubernetes schema without loss.
 * Every list, map and string needs its bound, because the API server prices CEL rules by the largest possible object.
 */
import { z } from 'zod';
import { isDeeper } from '../../operators/kube/json.ts';

/** The keywords that a schema node carries beside what zod knows. */
const listType = 'x-kubernetes-list-type';
const listMapKeys = 'x-kubernetes-list-map-keys';
const mapType = 'x-kubernetes-map-type';
const validations = 'x-kubernetes-validations';
const intOrStringMark = 'x-kubernetes-int-or-string';
const freeformMark = 'x-kubernetes-preserve-unknown-fields';
/** Never leaves this folder: the exporter takes it and the default away. */
export const defaultInCode = 'x-default-in-code';

export interface TextBounds {
  max: number;
  min?: number;
  pattern?: RegExp;
  /** What a value must look like, in words: the message of a refusal. */
  says?: string;
}

export function text(bounds: TextBounds) {
  const sized = z
    .string()
    .min(bounds.min ?? 0)
    .max(bounds.max);
  const { pattern, says } = bounds;
  if (pattern === undefined) return sized;
  return says === undefined ? sized.regex(pattern) : sized.regex(pattern, { error: says });
}

export function enumeration<const Values extends readonly [string, ...string[]]>(values: Values) {
  return z.enum(values, { error: `must be one of ${values.join(', ')}` });
}

export function int32(min: number, max: number) {
  const says = `must be a whole number from ${min} to ${max}`;
  return z.int({ error: says }).min(min, { error: says }).max(max, { error: says }).meta({ format: 'int32' });
}

/** Milliseconds and object generations need more than 32 bits. */
export function int64(min: number, max: number = Number.MAX_SAFE_INTEGER) {
  return z.int().min(min).max(max).meta({ format: 'int64' });
}

export function bool() {
  return z.boolean({ error: 'must be true or false' });
}

/** Ports below 1024 need a privilege that no pod of ours has. */
export function port(min = 1024) {
  return int32(min, 65_535);
}

/** Positive, with a decimal or a binary unit, without an exponent. */
const quantityPattern = /^[0-9]{1,15}(\.[0-9]{1,3})?(m|k|M|G|T|P|Ki|Mi|Gi|Ti|Pi)?$/;

/** Written as a string or a whole number, read as a string. */
export function quantity() {
  const says = 'must be a quantity such as 500m, 2 or 20Gi';
  return intOrString({ max: 32, pattern: quantityPattern, says });
}

export function intOrString(bounds: TextBounds) {
  const error = bounds.says ?? 'must be a string or a whole number';
  const extra = { ...(bounds.pattern && { pattern: bounds.pattern.source }), maxLength: bounds.max };
  return z
    .union([text(bounds), z.int().min(0)], { error })
    .meta({ [intOrStringMark]: true, ...extra })
    .transform(String);
}

export function timestamp() {
  return text({ max: 40 }).meta({ format: 'date-time' });
}

/** A field that may be left out; `undefined` is no value. */
export function optional<Schema extends z.ZodType>(schema: Schema) {
  return z.exactOptional(schema);
}

/**
 * A default that the API server does not know. For keyed lists: server-side apply would keep the default items, which
 * nobody owns, beside those that a user adds later.
 */
export function whenAbsent<Schema extends z.ZodType>(schema: Schema, value: NonNullable<z.input<Schema>>) {
  return schema.prefault(value).meta({ [defaultInCode]: true });
}

export function object<const Shape extends z.ZodRawShape>(shape: Shape) {
  return z.object(shape);
}

/** Replaced as a whole by whoever applies it. */
export function list<Item extends z.ZodType>(item: Item, bounds: { min?: number; max: number }) {
  return z
    .array(item)
    .min(bounds.min ?? 0)
    .max(bounds.max)
    .meta({ [listType]: 'atomic' });
}

export function set<Item extends z.ZodType<string>>(item: Item, bounds: { min?: number; max: number }) {
  return z
    .array(item)
    .min(bounds.min ?? 0)
    .max(bounds.max)
    .check(unique((value) => String(value), []))
    .meta({ [listType]: 'set' });
}

/** A list whose items are told apart by one field, so that several writers can each own theirs. */
export function listMap<Item extends z.ZodObject>(
  key: string & keyof z.output<Item>,
  item: Item,
  bounds: { min?: number; max: number },
) {
  return z
    .array(item)
    .min(bounds.min ?? 0)
    .max(bounds.max)
    .check(unique((value) => String(Object(value)[key]), [key]))
    .meta({ [listType]: 'map', [listMapKeys]: [key] });
}

function unique(keyOf: (item: unknown) => string, at: string[]): z.core.CheckFn<unknown[]> {
  return ({ value, issues }) => {
    const seen = new Set<string>();
    for (const [index, item] of value.entries()) {
      const key = keyOf(item);
      const message = `"${key}" is given twice`;
      if (seen.has(key)) issues.push({ code: 'custom', input: value, path: [index, ...at], message });
      seen.add(key);
    }
  };
}

export function map<Value extends z.ZodType>(key: z.ZodType<string, string>, value: Value, bounds: { max: number }) {
  const error = `must have at most ${bounds.max} entries`;
  return z
    .record(key, value, { error: notObject })
    .refine((entries) => Object.keys(entries).length <= bounds.max, { error })
    .meta({ maxProperties: bounds.max });
}

/** Levels of objects and lists in each other; nothing that is written by hand has half as many. */
export const deepest = 32;

/** An object whose fields somebody else defines: a product's configuration, a pod's affinity. */
export function freeform(bounds: { max: number }) {
  const error = `must have at most ${bounds.max} entries`;
  return z
    .record(z.string(), z.unknown(), { error: notObject })
    .refine((entries) => Object.keys(entries).length <= bounds.max, { error })
    .refine((entries) => !isDeeper(entries, deepest), { error: `must not be nested in more than ${deepest} levels` })
    .meta({ [freeformMark]: true, maxProperties: bounds.max });
}

/** zod speaks of records, which nobody who writes YAML knows. */
function notObject({ code }: { code?: string | undefined }): string | undefined {
  return code === 'invalid_type' ? 'must be an object' : undefined;
}

/** The fields are one value: never merged between writers, nor with a default. */
export function atomic<Schema extends z.ZodType>(schema: Schema): Schema {
  return schema.meta({ [mapType]: 'atomic' });
}

export interface Rule<Value> {
  cel: string;
  message: string;
  /** Where the message points to, below the node; a single field name, as the API server takes it. */
  field?: string;
  /** The same in TypeScript, for objects stored before the rule; a transition (`oldSelf`) has none. */
  holds?(value: Value): boolean;
}

/** Binds rules to a node, beside those that it has: CEL for the API server, and the same for the parse at reconcile time. */
export function rules<Schema extends z.ZodType>(schema: Schema, ...all: Rule<z.output<Schema>>[]): Schema {
  const checked = all.reduce(withCheck, schema);
  const before: unknown = schema.meta()?.[validations];
  return checked.meta({ [validations]: [...(Array.isArray(before) ? before : []), ...all.map(validationOf)] });
}

function withCheck<Schema extends z.ZodType>(schema: Schema, rule: Rule<z.output<Schema>>): Schema {
  const { holds, message, field } = rule;
  if (holds === undefined) return schema;
  return schema.refine((value) => holds(value), { error: message, path: field === undefined ? [] : [field] });
}

function validationOf<Value>({ cel, message, field }: Rule<Value>) {
  return { rule: cel, message, ...(field !== undefined && { fieldPath: `.${field}` }) };
}

/** The value may never change once it is set. */
export function immutable<Schema extends z.ZodType>(schema: Schema, message: string): Schema {
  return rules(schema, { cel: 'self == oldSelf', message });
}
