/** Sizes as whole bytes. The schema has checked their form; a live object's form is the API server's. */
import { unitsOf } from '../kube/quantity.ts';

/** Bytes, rounded up; throws where the text is no quantity, which no checked object holds. */
export function bytesOf(quantity: string): bigint {
  const bytes = unitsOf(quantity);
  if (bytes === undefined) throw new Error(`${quantity} is no quantity`);
  return bytes;
}

export const mebibyte = 1024n * 1024n;

/** Whole mebibytes, as java's `-Xmx` takes them. */
export function megabytes(bytes: bigint): string {
  return `${bytes / mebibyte}m`;
}
