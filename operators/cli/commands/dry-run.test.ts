import assert from 'node:assert/strict';
import { testContext } from '../testing/context.ts';
import { put, serviceOf } from '../testing/services.ts';
import { type Preview, type PreviewInput, planDryRun } from './dry-run.ts';

const file = `
apiVersion: stateward.dev/v1alpha1
kind: KafkaCluster
metadata: {name: orders}
spec: {version: 4.3.1}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: orders}
---
apiVersion: stateward.dev/v1alpha1
kind: CassandraCluster
metadata: {name: ring, namespace: lab}
`;

interface Previewed {
  code: number;
  out: string;
  err: string;
  inputs: PreviewInput[];
}

async function previewed(text: string, previews: Preview[], format: 'text' | 'json' = 'text'): Promise<Previewed> {
  const test = testContext({ format });
  await put(test, serviceOf('orders', { spec: { version: '4.2.1' } }));
  const inputs: PreviewInput[] = [];
  const command = planDryRun({
    readText: async (path) => (path === 'x.yaml' ? text : assert.fail(path)),
    previewSpec: async (input) => {
      inputs.push(input);
      return previews.shift() ?? { kind: 'Changes', rows: [] };
    },
  });
  const code = await test.run(command, [], { filename: 'x.yaml' });
  assert.deepEqual(test.api.writes(), []);
  return { ...test.written, code, inputs };
}

const rows = [
  { member: 'orders-kafka-0', effect: 'Restart', why: 'spec.version changes from 4.2.1 to 4.3.1' },
  { member: 'orders-kafka-1', effect: 'Restart', why: 'spec.version changes from 4.2.1 to 4.3.1' },
];

describe('plan --dry-run', () => {
  it('says what each service of a file would do, and writes nothing', async () => {
    const { code, out, err } = await previewed(file, [{ kind: 'Changes', rows }]);
    assert.deepEqual([code, err], [0, '']);
    assert.equal(
      out,
      `KafkaCluster orders:
MEMBER           EFFECT    WHY
orders-kafka-0   Restart   spec.version changes from 4.2.1 to 4.3.1
orders-kafka-1   Restart   spec.version changes from 4.2.1 to 4.3.1
CassandraCluster ring: nothing would change
`,
    );
  });

  it('compares what is written with what lives', async () => {
    const { inputs } = await previewed(file, []);
    const [orders, ring] = inputs;
    assert.deepEqual([orders?.kind, orders?.namespace, orders?.spec], ['KafkaCluster', 'shop', { version: '4.3.1' }]);
    assert.equal(orders?.live?.spec?.version, '4.2.1');
    assert.deepEqual([ring?.kind, ring?.namespace, ring?.spec, ring?.live], ['CassandraCluster', 'lab', {}, undefined]);
  });

  it('fails where a spec cannot be followed', async () => {
    const { code, out } = await previewed(file, [
      { kind: 'Refused', problems: ['spec.pools: too few', 'spec.config: no'] },
    ]);
    assert.equal(code, 1);
    assert.match(
      out,
      /^KafkaCluster orders would be refused, and nothing would be touched:\n- spec\.pools: too few\n- spec\.config: no\n/,
    );
  });

  it('gives programs all of it', async () => {
    const { out } = await previewed(file, [{ kind: 'Changes', rows }], 'json');
    assert.deepEqual(JSON.parse(out), [
      { service: { kind: 'KafkaCluster', namespace: 'shop', name: 'orders' }, kind: 'Changes', rows },
      { service: { kind: 'CassandraCluster', namespace: 'lab', name: 'ring' }, kind: 'Changes', rows: [] },
    ]);
  });

  const unfit: [string, string, RegExp][] = [
    [
      'holds no service',
      'kind: ConfigMap\nmetadata: {name: x}\n',
      /^x\.yaml: there is no KafkaCluster and no CassandraCluster in it\n$/,
    ],
    ['is empty', '', /^x\.yaml: there is no KafkaCluster/],
    ['is no YAML', 'a: [', /^x\.yaml: Flow sequence/],
  ];
  for (const [name, text, expected] of unfit) {
    it(`fails for a file that ${name}`, async () => {
      const { code, out, err } = await previewed(text, []);
      assert.deepEqual([code, out], [1, '']);
      assert.match(err, expected);
    });
  }

  it('needs a file', async () => {
    const test = testContext();
    const command = planDryRun({ readText: async () => '', previewSpec: async () => ({ kind: 'Changes', rows: [] }) });
    assert.equal(await test.run(command), 2);
    assert.equal(test.written.err, 'plan --dry-run needs -f FILE\n');
  });
});
