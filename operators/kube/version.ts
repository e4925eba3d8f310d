/** Resource versions are whole numbers that only grow (Kubernetes 1.35 and newer promise it, older ones do it). */
import type { KubeObject } from './resource.ts';

/** Longer means larger, and digits sort as numbers do: no conversion on the hot path. */
export function compareVersions(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length;
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

export function isOlder(a: string, b: string): boolean {
  return compareVersions(a, b) < 0;
}

export function newest(a: string, b: string): string {
  return isOlder(a, b) ? b : a;
}

/** `0`, older than everything, for an object that was never stored. */
export function versionOf(object: KubeObject): string {
  return object.metadata.resourceVersion ?? '0';
}
