/** Directory ids: the library has them with hyphens, Kafka's tools print URL-safe base64. */

export function base64Id(hyphenated: string): string {
  return Buffer.from(hyphenated.replaceAll('-', ''), 'hex').toString('base64url');
}

export function hyphenatedId(base64: string): string {
  const hex = Buffer.from(base64, 'base64url').toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
