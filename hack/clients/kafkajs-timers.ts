/**
 * kafkajs 2.2.4 looks at the requests that wait, of each connection and every millisecond for as long as the process
 * lives, although none waits: what remains of a throttling that never was is a time-out below zero.
 */
import { createRequire } from 'node:module';

interface RequestQueue {
  pending: unknown[];
  scheduleCheckPendingRequests(): void;
}

const { prototype }: { prototype: RequestQueue } = createRequire(import.meta.url)('kafkajs/src/network/requestQueue');
const { scheduleCheckPendingRequests } = prototype;

/** From now on a connection is looked at while a request waits. May be called again. */
export function letConnectionsRest(): void {
  prototype.scheduleCheckPendingRequests = function () {
    if (this.pending.length > 0) scheduleCheckPendingRequests.call(this);
  };
}
