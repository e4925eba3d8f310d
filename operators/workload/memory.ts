/** A JVM's share of its container's memory. */
import { bytesOf, mebibyte } from './bytes.ts';
import { type Rejection, reject } from './rejection.ts';

export interface HeapRule {
  /** The heap for a container limit, in bytes. */
  derive(limit: bigint): bigint;
  /** The least that works, in bytes. */
  minimum: bigint;
  /** Memory that the JVM needs beside the heap: metaspace, threads, direct buffers; bytes. */
  overhead: bigint;
}

export type Heap = { ok: true; bytes: bigint } | { ok: false; rejection: Rejection };

/** `where` names the field for the message, e.g. `pools[broker]`. */
export function heapFor(rule: HeapRule, memoryLimit: string, heap: string | undefined, where: string): Heap {
  return heap === undefined ? derivedHeap(rule, memoryLimit, where) : givenHeap(rule, memoryLimit, heap, where);
}

function derivedHeap(rule: HeapRule, memoryLimit: string, where: string): Heap {
  const limit = bytesOf(memoryLimit);
  const bytes = rule.derive(limit);
  if (suffices(rule, limit)) return { ok: true, bytes };
  return tooSmall(
    `${where}: a memory limit of ${memoryLimit} leaves a heap of ${mebibytes(bytes)}; raise resources.limits.memory to ${mebibytes(leastLimit(rule))} or more (the heap needs ${mebibytes(rule.minimum)}, and the process ${mebibytes(rule.overhead)} beside it)`,
  );
}

function suffices(rule: HeapRule, limit: bigint): boolean {
  const bytes = rule.derive(limit);
  return bytes >= rule.minimum && bytes + rule.overhead <= limit;
}

/** What a person is told must do: the derived heap grows with the limit and leaves less beside it than one thinks. */
function leastLimit(rule: HeapRule): bigint {
  let limit = rule.minimum + rule.overhead;
  while (!suffices(rule, limit)) limit += 64n * mebibyte;
  return limit;
}

function givenHeap(rule: HeapRule, memoryLimit: string, heap: string, where: string): Heap {
  const bytes = bytesOf(heap);
  if (bytes < rule.minimum) {
    return tooSmall(
      `${where}: a heap of ${heap} is below the ${mebibytes(rule.minimum)} that the process needs; raise jvm.heap`,
    );
  }
  if (bytes + rule.overhead <= bytesOf(memoryLimit)) return { ok: true, bytes };
  return tooSmall(
    `${where}: a heap of ${heap} and ${mebibytes(rule.overhead)} beside it do not fit in the memory limit ${memoryLimit}; raise resources.limits.memory to ${mebibytes(bytes + rule.overhead)} or lower jvm.heap`,
  );
}

/** As a quantity that can be put into a spec; rounded up. */
function mebibytes(bytes: bigint): string {
  return `${(bytes + mebibyte - 1n) / mebibyte}Mi`;
}

function tooSmall(message: string): Heap {
  return { ok: false, rejection: reject('MemoryTooSmall', message) };
}
