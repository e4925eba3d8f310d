/** A JVM's share of its container's memory. */
import { bytesOf, megabytes } from './bytes.ts';
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
  const limit = bytesOf(memoryLimit);
  const bytes = heap === undefined ? rule.derive(limit) : bytesOf(heap);
  if (bytes < rule.minimum) {
    return tooSmall(
      heap === undefined
        ? `${where}: a memory limit of ${memoryLimit} leaves a heap of ${megabytes(bytes)}; raise resources.limits.memory to ${megabytes(rule.minimum + rule.overhead)} or more (the heap needs ${megabytes(rule.minimum)})`
        : `${where}: a heap of ${heap} is below the ${megabytes(rule.minimum)} that the process needs; raise jvm.heap`,
    );
  }
  if (bytes + rule.overhead > limit) {
    return tooSmall(
      `${where}: a heap of ${megabytes(bytes)} and ${megabytes(rule.overhead)} beside it do not fit in the memory limit ${memoryLimit}; raise resources.limits.memory to ${megabytes(bytes + rule.overhead)} or lower jvm.heap`,
    );
  }
  return { ok: true, bytes };
}

function tooSmall(message: string): Heap {
  return { ok: false, rejection: reject('MemoryTooSmall', message) };
}
