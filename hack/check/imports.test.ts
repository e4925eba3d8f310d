import assert from 'node:assert/strict';
import { wrongImports } from './imports.ts';

describe('import directions', () => {
  const cases: [string, string, string, number][] = [
    ['a lower room', 'operators/kafka/plan.ts', "import { x } from '../plan/plan.ts';", 0],
    ['the same room', 'operators/kube/cache.ts', "import { x } from './store.ts';", 0],
    ['a higher room', 'operators/kube/cache.ts', "import { x } from '../workload/facts.ts';", 1],
    ['the other product', 'operators/kafka/plan.ts', "import type { x } from '../cassandra/plan.ts';", 1],
    ['a loose file above the rooms', 'operators/plan/plan.ts', "import { x } from '../operator.ts';", 1],
    ['a package', 'operators/kube/session.ts', "import { Agent } from 'undici';", 0],
    ['a dynamic import of a higher room', 'operators/runtime/http.ts', "await import('../plan/plan.ts')", 1],
  ];
  for (const [name, file, text, count] of cases) {
    it(`${count === 0 ? 'allows' : 'refuses'} ${name}`, () => assert.equal(wrongImports(file, text).length, count));
  }
});
