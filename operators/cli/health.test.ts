import assert from 'node:assert/strict';
import { healthOf, isReady } from './health.ts';
import { conditionOf, type ServiceParts, serviceOf } from './testing/services.ts';

const notReady = conditionOf('Ready', 'False', 'PlanNotComplete', 'orders-kafka-1:[start]: waits for its volume');
const ready = conditionOf('Ready', 'True', 'AllMembersReady');
const stalled = conditionOf('Stalled', 'True', 'StepFailed', 'no image\nand more');

describe('the health of a service', () => {
  const table: [string, ServiceParts['status'], string | undefined, boolean][] = [
    ['is not told of one that is well', {}, undefined, true],
    [
      'is what keeps it from being ready',
      { conditions: [notReady] },
      'not Ready (PlanNotComplete): orders-kafka-1:[start]: waits for its volume',
      false,
    ],
    [
      'is that it is stalled, in one line, before anything else',
      { conditions: [notReady, stalled] },
      'Stalled (StepFailed): no image',
      false,
    ],
    [
      'is that it is stalled, although it runs on',
      { conditions: [ready, stalled] },
      'Stalled (StepFailed): no image',
      true,
    ],
    [
      'is that its data is at risk',
      { conditions: [ready, conditionOf('DataAtRisk', 'True', 'Unreplicated', 'topic a')] },
      'DataAtRisk (Unreplicated): topic a',
      true,
    ],
    ['is nothing that is not so', { conditions: [ready, conditionOf('DataAtRisk', 'False', 'Fine')] }, undefined, true],
    [
      'is not known before an operator has looked',
      { conditions: [], observedGeneration: 1 },
      'no operator has looked at it yet',
      false,
    ],
    ['is not known of a newer spec', { observedGeneration: 0 }, 'its newest spec has not been looked at yet', false],
  ];
  for (const [name, status, expected, isWell] of table) {
    it(name, () => {
      const service = serviceOf('orders', { status: status ?? {} });
      assert.equal(healthOf(service), expected);
      assert.equal(isReady(service), isWell);
    });
  }
});
