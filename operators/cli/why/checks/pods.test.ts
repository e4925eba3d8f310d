import assert from 'node:assert/strict';
import type { PersistentVolume, Pod } from '../../../kube/resource.ts';
import { podOf, readyPod } from '../../../workload/testing/objects.ts';
import type { Facts, ResourceQuota } from '../facts.ts';
import { event, factsOf, forbidden, node, read, shown, unplacedPod } from '../testing/facts.ts';
import { podsPlaced } from './placement.ts';
import { podsExist } from './quota.ts';

function quota(hard: Record<string, string>, used: Record<string, string>): ResourceQuota {
  return {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'team', namespace: 'ns' },
    status: { hard, used },
  };
}

function refusal(member: string, reason: string) {
  const note = `Create Pod ${member} in StatefulSet demo-kafka failed error: ${reason}`;
  return event('StatefulSet', 'demo-kafka', 'FailedCreate', note);
}

describe('podsExist', () => {
  const exceeded =
    'pods "demo-kafka-2" is forbidden: exceeded quota: team, requested: pods=1, used: pods=2, limited: pods=2';
  const table: [string, Parameters<typeof factsOf>[0], string[]][] = [
    ['takes pods that are there', {}, ['PASS 3 pods there']],
    [
      "tells of a quota that is used up, which stands in nobody's way yet",
      { quotas: read(quota({ pods: '3', 'requests.cpu': '4' }, { pods: '3', 'requests.cpu': '1500m' })) },
      ['PASS 3 pods there; nothing is left of pods of ResourceQuota team (3 of 3)'],
    ],
    [
      'finds a pod that a quota refuses',
      { pod: 'Absent', events: read(refusal('demo-kafka-2', exceeded)) },
      [
        `FAIL demo-kafka-2 cannot be made: ${exceeded} => raise ResourceQuota team, or remove something else that it counts`,
      ],
    ],
    [
      'finds a pod that Pod Security refuses',
      { pod: 'Absent', events: read(refusal('demo-kafka-2', 'violates PodSecurity "x:latest"')) },
      [
        'FAIL demo-kafka-2 cannot be made: violates PodSecurity "x:latest" => let the namespace enforce at most the restricted Pod Security Standard, which members keep',
      ],
    ],
    [
      'finds a pod that a webhook refuses',
      {
        pod: 'Absent',
        events: read(refusal('demo-kafka-2', 'admission webhook "policy.example.com" denied the request')),
      },
      [
        'FAIL demo-kafka-2 cannot be made: admission webhook "policy.example.com" denied the request => see what the webhook policy.example.com demands, or exempt this namespace from it',
      ],
    ],
    [
      'does not take the refusal of another member',
      { pod: 'Absent', events: read(refusal('demo-kafka-21', 'exceeded quota: team')) },
      ['UNKNOWN demo-kafka-2 has no pod; no event of StatefulSet demo-kafka says why (events are kept for an hour)'],
    ],
    [
      'says nothing of a refusal that is over',
      { events: read(refusal('demo-kafka-2', exceeded)) },
      ['PASS 3 pods there'],
    ],
    [
      'does not know where events may not be read',
      { pod: 'Absent', events: forbidden('listing events') },
      ['UNKNOWN demo-kafka-2 has no pod; listing events is forbidden'],
    ],
    [
      'finds a member that no set is to make',
      { sets: read(), pods: read(), ...withKnownMember() },
      ['FAIL demo-kafka-2 has no pod and no StatefulSet => see the checks operator, spec and plan'],
    ],
    [
      'does not know a service without members',
      { sets: read(), pods: read() },
      ['UNKNOWN the service has no members yet: see the checks operator and spec'],
    ],
    [
      'does not know pods that it may not read',
      { pods: forbidden('listing pods') },
      ['UNKNOWN pods are not to be seen: listing pods is forbidden'],
    ],
  ];
  for (const [name, parts, expected] of table) {
    it(name, () => assert.deepEqual(shown(podsExist(factsOf(parts))), expected));
  }
});

const asking = { containers: [{ name: 'kafka', resources: { requests: { cpu: '3', memory: '6Gi' } } }] };

function busy(nodeName: string): Pod {
  return { ...readyPod(`other-${nodeName}`, { node: nodeName }), spec: { ...asking, nodeName } };
}

describe('podsPlaced', () => {
  const taints = [{ key: 'dedicated', effect: 'NoSchedule' }];
  const volume: PersistentVolume = {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: 'pv-data-demo-kafka-2' },
    spec: {
      claimRef: { name: 'data-demo-kafka-2' },
      nodeAffinity: {
        required: {
          nodeSelectorTerms: [
            { matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: ['gone'] }] },
          ],
        },
      },
    },
  };
  const table: [string, Parameters<typeof factsOf>[0], string[], string[]?][] = [
    ['takes pods that have nodes', {}, ['PASS 1 member on 1 node']],
    ['says nothing where there is no pod', { pods: read() }, []],
    [
      'says of every node why it does not do, and what the closest lacks',
      {
        pod: unplacedPod('0/4 nodes', asking),
        nodes: read(
          node('n1', { taints }),
          node('n2', { taints }),
          node('n3', { taints, allocatable: { cpu: '2' } }),
          node('n4'),
        ),
        neighbours: read(busy('n4')),
      },
      [
        'FAIL demo-kafka-2 fits none of 4 nodes => closest is n1: tolerate its taint in placement.tolerations, or remove the taint',
      ],
      [
        'n1, n2: has the taint dedicated:NoSchedule, which is not tolerated',
        'n3: has the taint dedicated:NoSchedule, which is not tolerated; has 2 cpu free of the 3 that it asks for',
        'n4: has 1 cpu free of the 3 that it asks for; has 2048Mi memory free of the 6144Mi that it asks for',
      ],
    ],
    [
      'finds a volume that is on a node that is gone',
      { pod: unplacedPod(), nodes: read(node('n1'), node('n2')), volumes: read(volume) },
      [
        'FAIL demo-kafka-2 fits none of 2 nodes => closest is n1: bring back the node that the volume is on; if it is lost for good, replace the member',
      ],
      ['n1, n2: is out of reach of volume data-demo-kafka-2 (kubernetes.io/hostname In gone)'],
    ],
    [
      'names the node of the volume, whatever else stands against it',
      { pod: unplacedPod(), nodes: read(node('n1'), node('gone', { cordoned: true, taints })), volumes: read(volume) },
      [
        'FAIL demo-kafka-2 fits none of 2 nodes => closest is gone: kubectl uncordon gone; tolerate its taint in placement.tolerations, or remove the taint',
      ],
      [
        'n1: is out of reach of volume data-demo-kafka-2 (kubernetes.io/hostname In gone)',
        'gone: is cordoned; has the taint dedicated:NoSchedule, which is not tolerated',
      ],
    ],
    [
      'repeats the scheduler where a node would do by all that is known here',
      { pod: unplacedPod("1 node(s) didn't match pod topology spread constraints"), nodes: read(node('n1')) },
      [
        "FAIL demo-kafka-2 has no node; the scheduler says: 1 node(s) didn't match pod topology spread constraints => n1 would do by taints, labels, volumes and free resources: look at spread constraints and at the scheduler",
      ],
    ],
    [
      'repeats the scheduler where it may not look at nodes',
      { pod: unplacedPod('0/3 nodes'), nodes: forbidden('listing nodes') },
      [
        'FAIL demo-kafka-2 has no node; the scheduler says: 0/3 nodes => look at the nodes, which are not to be seen from here: listing nodes is forbidden',
      ],
    ],
    [
      'does not know before the scheduler has looked',
      { pod: podOf('demo-kafka-2') },
      ['UNKNOWN demo-kafka-2 has no node, and the scheduler has not said why yet'],
    ],
    [
      'asks for a node where there is none',
      { pod: unplacedPod(), nodes: read() },
      ['FAIL demo-kafka-2 fits none of 0 nodes => add a node'],
    ],
    [
      'finds a node that does not answer',
      {
        nodes: read(node('node-a'), node('node-b', { ready: 'Unknown' })),
        pod: readyPod('demo-kafka-2', { node: 'node-b' }),
      },
      [
        'FAIL demo-kafka-2 is on node node-b, which is not ready for 5m: kubelet is silent => bring the node back; if it is lost for good: kubectl stateward member replace demo demo-kafka-2',
      ],
    ],
    [
      'finds a node that is gone',
      { pod: readyPod('demo-kafka-2', { node: 'node-b' }) },
      [
        'FAIL demo-kafka-2 is on node node-b, which is gone => bring the node back; if it is lost for good: kubectl stateward member replace demo demo-kafka-2',
      ],
    ],
  ];
  for (const [name, parts, expected, details] of table) {
    it(name, () => {
      const findings = podsPlaced(ofThird(factsOf(parts)));
      assert.deepEqual(shown(findings), expected);
      const [first] = findings;
      if (details !== undefined) assert.deepEqual(first?.verdict === 'Fail' && first.details, details);
    });
  }

  it('shows twenty different reasons and counts the rest', () => {
    const nodes = Array.from({ length: 25 }, (_, at) =>
      node(`n${at}`, { taints: [{ key: `t${at}`, effect: 'NoSchedule' }] }),
    );
    const [first] = podsPlaced(ofThird(factsOf({ pod: unplacedPod(), nodes: read(...nodes) })));
    assert.equal(first?.verdict === 'Fail' && first.details?.length, 21);
    assert.equal(first?.verdict === 'Fail' && first.details?.at(-1), 'and 5 other reasons');
  });
});

/** As `why SERVICE MEMBER` asks. */
function ofThird(facts: Facts): Facts {
  return { ...facts, members: facts.members.filter(({ name }) => name === 'demo-kafka-2') };
}

function withKnownMember(): Parameters<typeof factsOf>[0] {
  const known = { name: 'demo-kafka-2', group: 'kafka', ready: false, state: 'Absent' };
  const { service } = factsOf();
  return { service: { ...service, status: { observedGeneration: 3, members: [known] } } };
}
