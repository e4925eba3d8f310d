import assert from 'node:assert/strict';
import type { ServiceOperation } from '../../operations.ts';
import type { Service } from '../../services.ts';
import { ago, condition, factsOf, forbidden, plan, read, service, shown } from '../testing/facts.ts';
import { nothingHeld } from './hold.ts';
import { plansMove } from './plan.ts';
import { specAccepted } from './spec.ts';

type Status = NonNullable<Service['status']>;

function withStatus(status: Partial<Status>, spec: object = {}): Service {
  return service({ spec, status: { observedGeneration: 3, ...status } });
}

describe('specAccepted', () => {
  const deleting = service();
  deleting.metadata.deletionTimestamp = '2029-12-31T00:00:00Z';
  const table: [string, Service, string[]][] = [
    ['takes a spec that nothing is said against', service(), ['PASS generation 3 is accepted']],
    [
      'finds a refusal, and its words',
      withStatus({
        conditions: [condition('Stalled', 'True', 'there is no StorageClass slow', 'StorageClassNotFound')],
      }),
      [
        'FAIL generation 3 is refused (StorageClassNotFound): there is no StorageClass slow => correct the spec; what runs goes on as before',
      ],
    ],
    [
      'takes a spec of which a step failed',
      withStatus({ conditions: [condition('Stalled', 'True', 'demo-0 crashes', 'StepFailed')] }),
      ['PASS generation 3 is accepted'],
    ],
    [
      'takes a refusal that is over',
      withStatus({ conditions: [condition('Stalled', 'False')] }),
      ['PASS generation 3 is accepted'],
    ],
    [
      'finds a spec that is newer than what was looked at',
      withStatus({ observedGeneration: 2 }),
      [
        'FAIL generation 3 has not been looked at, 2 was the last => a running operator needs a few seconds for it; otherwise see the check operator',
      ],
    ],
    [
      'finds a spec that nobody has looked at',
      service({ status: {} }),
      [
        'FAIL generation 3 has not been looked at => a running operator needs a few seconds for it; otherwise see the check operator',
      ],
    ],
    [
      'finds a service that is being deleted',
      deleting,
      [
        'FAIL it is being deleted since 2029-12-31T00:00:00Z => wait: what remains is removed step by step; apply it again once it is gone',
      ],
    ],
  ];
  for (const [name, about, expected] of table) {
    it(name, () => assert.deepEqual(shown(specAccepted(factsOf({ service: about }))), expected));
  }
});

describe('plansMove', () => {
  const step = { name: 'demo-1:[restart]', member: 'demo-1', since: ago(180) };
  const table: [string, Service, string[]][] = [
    [
      'takes plans that are complete',
      withStatus({ plans: [plan('deploy', [], 'Complete')] }),
      ['PASS 1 plan complete'],
    ],
    ['says that there is none yet', withStatus({}), ['PASS there is no plan yet']],
    [
      'says what is under way, and since when',
      withStatus({ plans: [plan('deploy', [{ ...step, status: 'InProgress', message: 'starts' }])] }),
      ['PASS deploy/members/demo-1:[restart] is InProgress for 3m: starts'],
    ],
    [
      'finds what a step waits for, and not those after it',
      withStatus({
        plans: [
          plan('deploy', [
            { ...step, status: 'Waiting', message: 'waits until demo-0 is back' },
            { ...step, status: 'Pending' },
          ]),
        ],
      }),
      [
        'FAIL deploy/members/demo-1:[restart] is Waiting for 3m: waits until demo-0 is back => it goes on by itself as soon as that is so',
      ],
    ],
    [
      'finds a step that failed',
      withStatus({ plans: [plan('deploy', [{ ...step, status: 'Error', message: 'no image' }], 'Error')] }),
      [
        'FAIL deploy/members/demo-1:[restart] is Error for 3m: no image => correct the spec: a new one takes the place of this plan',
      ],
    ],
    [
      'leaves what a user holds back to the check of it',
      withStatus({
        plans: [plan('deploy', [{ ...step, status: 'Waiting', message: 'paused by spec.control.paused: deploy' }])],
      }),
      ['PASS deploy waits for nothing else: see the check hold'],
    ],
    [
      'finds what the operator warns of',
      withStatus({
        conditions: [
          condition('DataAtRisk', 'True', 'two of three are down'),
          condition('Ready', 'True'),
          condition('RestartRequired', 'True', 'demo-0'),
        ],
      }),
      [
        'FAIL DataAtRisk: two of three are down => bring the missing members back before anything else goes down',
        'FAIL RestartRequired: demo-0 => kubectl stateward service restart demo, when it suits',
      ],
    ],
  ];
  for (const [name, about, expected] of table) {
    it(name, () => assert.deepEqual(shown(plansMove(factsOf({ service: about }))), expected));
  }
});

function operation(name: string, spec: Partial<ServiceOperation['spec']>, finishedAt?: string): ServiceOperation {
  return {
    apiVersion: 'stateward.dev/v1alpha1',
    kind: 'ServiceOperation',
    metadata: { name, namespace: 'ns' },
    spec: { service: { kind: 'KafkaCluster', name: 'demo' }, type: 'Restart', ...spec },
    ...(finishedAt === undefined ? {} : { status: { finishedAt } }),
  };
}

describe('nothingHeld', () => {
  const waiting = { name: 'demo-1:[restart]', status: 'Waiting' as const };
  const windows = { updates: { windows: [{ schedule: '0 2 * * *', duration: '2h' }] } };
  const table: [string, Parameters<typeof factsOf>[0], string[]][] = [
    ['finds nothing', {}, ['PASS nothing is paused']],
    [
      'finds a pause of a plan that has work',
      { service: withStatus({ plans: [plan('deploy', [waiting])] }, { control: { paused: ['deploy'] } }) },
      ['FAIL deploy is paused by spec.control.paused => kubectl stateward plan resume demo deploy'],
    ],
    [
      'finds a pause of a phase that has work',
      { service: withStatus({ plans: [plan('deploy', [waiting])] }, { control: { paused: ['deploy/members'] } }) },
      ['FAIL deploy/members is paused by spec.control.paused => kubectl stateward plan resume demo deploy members'],
    ],
    [
      'takes a pause that holds nothing',
      {
        service: withStatus(
          { plans: [plan('deploy', [], 'Complete')] },
          { control: { paused: ['deploy', 'recovery'] } },
        ),
      },
      ['PASS deploy is paused, and has nothing to do', 'PASS recovery is paused, and has nothing to do'],
    ],
    [
      'finds that a step waits for a window',
      {
        service: withStatus(
          {
            plans: [
              plan('deploy', [{ ...waiting, message: 'outside the maintenance windows (spec.updates.windows): x' }]),
            ],
          },
          windows,
        ),
      },
      [
        'FAIL deploy waits outside the maintenance windows (spec.updates.windows): the next opens at 2030-01-01T02:00:00.000Z => wait for the window, or change spec.updates.windows',
      ],
    ],
    [
      'takes a closed window that nothing waits for',
      { service: withStatus({ plans: [plan('deploy', [{ ...waiting, message: 'waits for its volume' }])] }, windows) },
      [
        'PASS outside the maintenance windows (spec.updates.windows): the next opens at 2030-01-01T02:00:00.000Z, and nothing waits for one',
      ],
    ],
    [
      'says nothing of a window that is open',
      { service: withStatus({}, { updates: { windows: [{ schedule: '0 23 * * *', duration: '2h' }] } }) },
      ['PASS nothing is paused'],
    ],
    [
      'finds an operation that keeps a member down',
      { operations: read(operation('pause-1', { type: 'Pause', members: ['demo-1'] })) },
      ['FAIL operation pause-1 keeps demo-1 down => kubectl stateward member resume demo demo-1'],
    ],
    [
      'finds an operation that is suspended',
      { operations: read(operation('restart-1', { suspend: true })) },
      [
        `FAIL operation restart-1 is suspended by spec.suspend => kubectl -n ns patch serviceoperation restart-1 --type merge -p '{"spec":{"suspend":false}}'`,
      ],
    ],
    [
      'says nothing of an operation that is over',
      { operations: read(operation('restart-1', { suspend: true }, ago(9))) },
      ['PASS nothing is paused'],
    ],
    [
      'does not know of operations that it may not read',
      { operations: forbidden('listing serviceoperations') },
      ['PASS nothing is paused', 'UNKNOWN operations are not to be seen: listing serviceoperations is forbidden'],
    ],
  ];
  for (const [name, parts, expected] of table) {
    it(name, () => assert.deepEqual(shown(nothingHeld(factsOf(parts))), expected));
  }
});
