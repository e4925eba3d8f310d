/** The files that `java.util.Properties` reads, and the one place where something is quoted for them. */

/** Whatever keys and values are, they are read as given: Latin-1, one line each, with a backslash before what means more. */
export function propertiesText(entries: Readonly<Record<string, string>>): string {
  return Object.entries(entries)
    .map(([key, value]) => `${escaped(key).replace(/[ #!=:]/g, '\\$&')}=${escaped(value).replace(/^ /, '\\ ')}\n`)
    .join('');
}

function escaped(text: string): string {
  const plain = text.replaceAll('\\', '\\\\');
  return plain.replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
