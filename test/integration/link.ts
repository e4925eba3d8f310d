/** A way to a listener that a test can make slow, or close to who comes anew. */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

export interface Link {
  /** Of what passes, in each direction; milliseconds. */
  delayMs: number;
  /** Whether whoever comes now is cut off; those that are there go on. */
  closed: boolean;
  end(): void;
}

interface Ends {
  from: string;
  to: string;
  port: number;
}

export async function linkTo({ from, to, port }: Ends): Promise<Link> {
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    if (link.closed) return void near.destroy();
    const far = connect(port, to);
    pass(near, far);
    pass(far, near);
  });
  const link: Link = {
    delayMs: 0,
    closed: false,
    end: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
  const pass = (source: Socket, sink: Socket): void => {
    sockets.add(source);
    let passed = Promise.resolve();
    source.on('data', (chunk) => {
      const due = delay(link.delayMs);
      passed = passed.then(() => due).then(() => void sink.write(chunk));
    });
    source.on('error', () => {});
    source.on('close', () => {
      sockets.delete(source);
      sink.destroy();
    });
  };
  server.listen(port, from);
  await once(server, 'listening');
  return link;
}
