/** One process at a time for work on shared folders. */
import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Say } from './progress.ts';

/** The kernel gives the name back when its holder ends in whatever way, so that no stale lock can exist. */
function nameOf(file: string): string {
  return `\0stateward-${createHash('sha256').update(file).digest('hex').slice(0, 24)}`;
}

function isTaken(error: Error): boolean {
  return 'code' in error && error.code === 'EADDRINUSE';
}

function take(name: string): Promise<Server | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<Server | undefined>();
  const server = createServer((socket) => socket.destroy());
  server.once('error', (error) => (isTaken(error) ? resolve(undefined) : reject(error)));
  server.listen(name, () => resolve(server));
  return promise;
}

export interface LockOptions {
  signal: AbortSignal;
  say: Say;
}

/** Runs `work` while holding the lock named `file`; waits for another holder. */
export async function withLock<T>(file: string, options: LockOptions, work: () => Promise<T>): Promise<T> {
  let server = await take(nameOf(file));
  for (let tries = 1; server === undefined; tries += 1) {
    if (tries === 3) options.say(`waiting for another run that works on ${file}`);
    await delay(200, undefined, { signal: options.signal });
    server = await take(nameOf(file));
  }
  try {
    return await work();
  } finally {
    server.close();
  }
}
