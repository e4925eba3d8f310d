import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type Authorities, type AuthorityStep, authorityStep, type Handshake, trusted } from './authority.ts';

/** A member has read the files of some time before now. */
interface Member {
  name: string;
  trusts: Set<string>;
  presents: string;
}

type Event =
  | { kind: 'Reload' | 'Restart'; member: number }
  | { kind: 'Look'; silent: number }
  | { kind: 'Replace' }
  | { kind: 'Withdraw' };

class World {
  authorities: Authorities = { signer: 'ca-1' };
  asked = false;
  withdrawn = false;
  #made = 1;
  readonly members: Member[];

  constructor(count: number) {
    this.members = Array.from({ length: count }, (_, index) => this.#fresh(`m-${index}`));
  }

  happen(event: Event): void {
    const { members } = this;
    if (event.kind === 'Replace') this.asked = true;
    else if (event.kind === 'Withdraw') this.withdrawn = this.authorities.next !== undefined;
    else if (event.kind === 'Look') this.take(this.look(event.silent));
    else {
      const index = event.member % members.length;
      members[index] = this.#fresh(members[index]?.name ?? '');
    }
  }

  look(silent = -1): AuthorityStep {
    const { authorities, asked, withdrawn } = this;
    const handshakes = this.members.map((member, index) => shakeHands(member, index === silent));
    return authorityStep({ authorities, replace: asked, withdraw: withdrawn, handshakes });
  }

  take(step: AuthorityStep): void {
    const { signer, next = '', former = [] } = this.authorities;
    if (step.kind === 'Introduce') {
      this.#made += 1;
      this.authorities = { signer, next: `ca-${this.#made}` };
      this.asked = false;
    }
    if (step.kind === 'Withdraw') this.authorities = { signer, former: [next, ...former] };
    if (step.kind === 'Switch') this.authorities = { signer: next, former: [signer, ...former] };
    if (step.kind !== 'Wait') this.withdrawn = false;
    if (step.kind === 'Retire') this.authorities = { signer };
  }

  /** Pairs of members of which one would refuse the other. */
  refusals(): string[] {
    return this.members.flatMap(({ name, presents }) =>
      this.members.filter(({ trusts }) => !trusts.has(presents)).map((other) => `${other.name} refuses ${name}`),
    );
  }

  #fresh(name: string): Member {
    return { name, trusts: new Set(trusted(this.authorities)), presents: this.authorities.signer };
  }
}

function shakeHands({ name, trusts, presents }: Member, silent: boolean): Handshake {
  return silent
    ? { member: name, presents: undefined, accepts: undefined }
    : { member: name, presents, accepts: trusts };
}

const anyEvent: fc.Arbitrary<Event> = fc.oneof(
  fc.record({ kind: fc.constantFrom('Reload' as const, 'Restart' as const), member: fc.nat(9) }),
  fc.record({ kind: fc.constant('Look' as const), silent: fc.integer({ min: -1, max: 4 }) }),
  fc.constantFrom({ kind: 'Replace' as const }, { kind: 'Withdraw' as const }),
);

describe('a CA that takes the place of another', () => {
  it('is never presented to somebody who does not trust it', () =>
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), fc.array(anyEvent, { maxLength: 60 }), (count, events) => {
        const world = new World(count);
        for (const event of events) {
          world.happen(event);
          assert.deepEqual(world.refusals(), []);
        }
      }),
    ));

  it('is the only one in the end, whatever happened on the way', () =>
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), fc.array(anyEvent, { maxLength: 60 }), (count, events) => {
        const world = new World(count);
        for (const event of events) world.happen(event);
        world.withdrawn = false;
        world.happen({ kind: 'Replace' });
        const before = world.authorities.signer;
        for (let round = 0; round < 12; round += 1) {
          world.take(world.look());
          for (const member of world.members.keys()) world.happen({ kind: 'Reload', member });
        }
        assert.deepEqual(world.look(), { kind: 'Keep' });
        assert.notEqual(world.authorities.signer, before);
        assert.deepEqual([world.authorities.next, world.authorities.former], [undefined, undefined]);
      }),
    ));

  const old = { member: 'a', presents: 'ca-1', accepts: new Set(['ca-1']) };
  const both = { member: 'b', presents: 'ca-1', accepts: new Set(['ca-1', 'ca-2']) };
  const silent = { member: 'c', presents: undefined, accepts: undefined };
  const waits: [string, Authorities, Handshake[], AuthorityStep][] = [
    [
      'waits for a member that does not trust it yet',
      { signer: 'ca-1', next: 'ca-2' },
      [both, old],
      { kind: 'Wait', message: 'waits until a trusts the next CA' },
    ],
    [
      'waits for a member that does not answer',
      { signer: 'ca-1', next: 'ca-2' },
      [both, silent],
      { kind: 'Wait', message: 'waits until c trusts the next CA' },
    ],
    [
      'leaves the former one trusted while a member presents what it has signed',
      { signer: 'ca-2', former: ['ca-1'] },
      [both],
      { kind: 'Wait', message: 'waits until b presents its new certificate' },
    ],
    ['waits for nobody where nobody runs', { signer: 'ca-1', next: 'ca-2' }, [], { kind: 'Switch' }],
  ];
  it('asks nobody before it is given up', () => {
    const wish = { authorities: { signer: 'ca-1', next: 'ca-2' }, replace: true, handshakes: [old, silent] };
    assert.deepEqual(authorityStep({ ...wish, withdraw: true }), { kind: 'Withdraw' });
  });

  for (const [what, authorities, handshakes, step] of waits)
    it(what, () => assert.deepEqual(authorityStep({ authorities, replace: true, withdraw: false, handshakes }), step));
});
