/** Pure: the secret parts of Secrets, and where else they show. */
import type { Secret } from '../../operators/kube/resource.ts';

export interface SecretPart {
  /** Which it is, to be told without telling it. */
  name: string;
  /** Any of them is a leak: the text itself, and what base64 makes of it wherever it begins. */
  forms: string[];
}

export interface Shown {
  where: string;
  text: string;
}

/** Shorter ones show by chance. */
const shortest = 8;

/** What a Secret holds beside its secrets, so that clients have all in one place. */
const open = new Set([
  ...['type', 'provider', 'host', 'port', 'bootstrap-servers', 'username', 'datacenter'],
  ...['security-protocol', 'sasl-mechanism'],
  // Of a superuser that is to come; which Secret the user's CA is from, by which Certificate one is issued, and since when a CA is shown.
  ...['next.username', 'given.secret', 'certificate', 'next.since'],
]);

export function secretParts({ metadata, data = {} }: Secret): SecretPart[] {
  return Object.entries(data).flatMap(([key, value]) =>
    secretsIn(key, Buffer.from(value, 'base64').toString('utf8')).map((text) => ({
      name: `${key} of Secret ${metadata.name}`,
      forms: [text, ...inBase64(text)],
    })),
  );
}

/** Of PEM the line in the middle of a private key: the others may hold the public one, or what all keys begin with. */
function secretsIn(key: string, text: string): string[] {
  if (open.has(key)) return [];
  if (!text.includes('-----BEGIN')) return text.trim().length < shortest ? [] : [text.trim()];
  const keys = [...text.matchAll(/-----BEGIN [A-Z ]*PRIVATE KEY-----([^-]+)-----END/g)];
  return keys.flatMap(([, body = '']) => {
    const lines = body.trim().split(/\s+/);
    return lines[Math.floor((lines.length - 1) / 2)] ?? [];
  });
}

/** A byte before it moves every character; those that its neighbours have a part in are left out. */
export function inBase64(text: string): string[] {
  const bytes = Buffer.from(text);
  return [0, 1, 2].map((shift) => {
    const whole = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64');
    return whole.slice(Math.ceil((8 * shift) / 6), Math.floor((8 * (shift + bytes.length)) / 6));
  });
}

/** One line for each part and place. */
export function leaksOf(parts: SecretPart[], shown: Shown[]): string[] {
  const found = shown.flatMap(({ where, text }) =>
    parts
      .filter(({ forms }) => forms.some((form) => text.includes(form)))
      .map(({ name }) => `${name} shows in ${where}`),
  );
  return [...new Set(found)];
}
