/** Times as the API takes them. */

/** RFC 3339 with exactly six fraction digits; the server refuses a `MicroTime` with three. */
export function microTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, -1)}000Z`;
}
