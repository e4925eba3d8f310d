/** Two processes that both believe to lead, interleaved write by write, each with a view as late as it likes. */
import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import type { World } from '../world/world.ts';
import { converge } from './converge.ts';
import { Operator } from './operator.ts';

/** Holds every write of one process until it is let go, one at a time. */
class Gate {
  readonly #waiting: (() => void)[] = [];

  readonly turn = (): Promise<void> => new Promise((resolve) => void this.#waiting.push(resolve));

  get holds(): boolean {
    return this.#waiting.length > 0;
  }

  open(): void {
    this.#waiting.shift()?.();
  }
}

class Leader {
  readonly gate = new Gate();
  readonly operator: Operator;
  busy = false;

  constructor(world: World, name: string) {
    this.operator = new Operator(world, { name, turn: () => this.#turn(), relistEvery: 11 });
  }
  /** From here on nothing is held back. */
  free = false;

  /** One write further, or the next round; everything that needs no write runs on. */
  async move(): Promise<void> {
    if (this.gate.holds) this.gate.open();
    else if (!this.busy) this.#begin();
    await setImmediate();
  }

  async finish(): Promise<void> {
    this.free = true;
    while (this.busy) await this.move();
  }

  async #turn(): Promise<void> {
    if (!this.free) await this.gate.turn();
  }

  #begin(): void {
    this.busy = true;
    const end = (): void => {
      this.busy = false;
    };
    this.operator.round().then(end, end);
  }
}

export type Move = 'First' | 'Second' | 'World' | 'FirstDeaf' | 'SecondDeaf' | 'Time';

const move = fc.constantFrom<Move>('First', 'First', 'Second', 'Second', 'World', 'FirstDeaf', 'SecondDeaf', 'Time');

export const moves = fc.array(move, { minLength: 50, maxLength: 250, size: 'max' });

/** Makes the moves, then lets both run until nothing moves any more. */
export async function interleave(world: World, all: Move[]): Promise<void> {
  const first = new Leader(world, 'A');
  const second = new Leader(world, 'B');
  for (const move of all) await carryOut(move, world, first, second);
  await first.finish();
  await second.finish();
  first.operator.listening = true;
  second.operator.listening = true;
  await converge(world, first.operator, second.operator);
}

async function carryOut(move: Move, world: World, first: Leader, second: Leader): Promise<void> {
  switch (move) {
    case 'First':
      return first.move();
    case 'Second':
      return second.move();
    case 'World':
      return world.step();
    case 'FirstDeaf':
      first.operator.listening = !first.operator.listening;
      return;
    case 'SecondDeaf':
      second.operator.listening = !second.operator.listening;
      return;
    case 'Time':
      return world.pass(1_000);
    default:
      return move satisfies never;
  }
}
