/** Properties as a JVM has them. */

/** As `java.util.Properties.load` reads a stream of bytes; in the order of their keys. */
export function javaProperties(text: string): Map<string, string> {
  const latin = Buffer.from(text, 'utf8').toString('latin1');
  const lines = latin.split(/\r\n|\r|\n/).map((line) => line.replace(/^[ \t\f]+/, ''));
  const pairs = lines
    .filter((line) => line !== '' && !/^[#!]/.test(line))
    .map((line): [string, string] => {
      const [, key = '', value = ''] = /^((?:\\.|[^\\=: \t\f])*)[ \t\f]*[=:]?[ \t\f]*(.*)$/.exec(line) ?? [];
      return [unescapeJava(key), unescapeJava(value)];
    });
  return new Map(pairs.sort());
}

function unescapeJava(value: string): string {
  return value.replace(/\\(?:u([0-9a-f]{4})|(.))/g, (_, unit: string | undefined, other: string) =>
    unit === undefined
      ? ({ n: '\n', r: '\r', t: '\t', f: '\f' }[other] ?? other)
      : String.fromCharCode(parseInt(unit, 16)),
  );
}
