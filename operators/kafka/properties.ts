/** Text that Kafka reads, and how values are quoted in it: the one place for each of its languages. */

/** As java reads it: Latin-1, a backslash escapes, a new line would begin another setting, a leading space is dropped. */
export function propertiesText(entries: Readonly<Record<string, string>>): string {
  return Object.entries(entries)
    .map(([key, value]) => `${key}=${escapeValue(value)}\n`)
    .join('');
}

function escapeValue(value: string): string {
  const escaped = value.replaceAll('\\', '\\\\').replace(/^ /, '\\ ');
  return escaped.replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** A login module of JAAS with its options, e.g. `org.example.Module required username="me";`. */
export function jaasText(module: string, options: Readonly<Record<string, string>> = {}): string {
  const said = Object.entries(options).map(([key, value]) => ` ${key}=${jaasString(value)}`);
  return `${module} required${said.join('')};`;
}

/** As `java.io.StreamTokenizer` reads it. */
function jaasString(value: string): string {
  return `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}
