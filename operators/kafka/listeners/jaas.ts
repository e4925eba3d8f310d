/** Logins as JAAS writes them, and the one place where something is quoted for it. */

/** A login module with its options, e.g. `org.example.Module required username="me";`. */
export function jaasText(module: string, options: Readonly<Record<string, string>> = {}): string {
  const said = Object.entries(options).map(([key, value]) => ` ${key}=${jaasString(value)}`);
  return `${module} required${said.join('')};`;
}

/** As `java.io.StreamTokenizer` reads it, for which a line ends a text that is not closed. */
function jaasString(value: string): string {
  const quoted = value.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n').replaceAll('\r', '\\r');
  return `"${quoted}"`;
}
