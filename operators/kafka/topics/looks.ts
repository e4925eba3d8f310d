/** When all topics of a KafkaCluster are compared with Kafka: in between it is enough to ask about some. */
import type { Clock } from '../../kube/clock.ts';

/** Unsettled: those that are not as they should be, as far as their objects say. */
export type Scope = 'All' | 'Unsettled';

export interface Look {
  scope: Scope;
  /** @param afterMs - when it has to look again; answers when the key has to, in milliseconds */
  end: (afterMs: number) => number;
}

export class Looks {
  readonly #clock: Clock;
  readonly #longestMs: number;
  /** By key: when all are due. */
  readonly #due = new Map<string, number>();

  /** @param longestMs - longest time between two looks at all */
  constructor(clock: Clock, longestMs: number) {
    this.#clock = clock;
    this.#longestMs = longestMs;
  }

  /** A look that does not come to its end is followed by one at all. */
  begin(key: string): Look {
    const now = this.#clock.now();
    const wait = (this.#due.get(key) ?? now) - now;
    this.#due.delete(key);
    // A longer wait than there is comes of a clock that was set back.
    const all = wait <= 0 || wait > this.#longestMs;
    const end = (afterMs: number): number => {
      const nextMs = all ? afterMs : Math.min(afterMs, wait);
      this.#due.set(key, now + nextMs);
      return nextMs;
    };
    return { scope: all ? 'All' : 'Unsettled', end };
  }
}
