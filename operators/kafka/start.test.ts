import assert from 'node:assert/strict';
import type { KafkaClusterSpecInput } from '../../crds/kafka-cluster.ts';
import { ScriptRoot } from '../workload/testing/script.ts';
import { initialDirectoryId } from './ids.ts';
import type { KafkaModel } from './index.ts';
import type { PoolModel } from './spec.ts';
import { formatArguments, kafkaCommand, prepareScript, strangersFile } from './start.ts';
import { kafkaFacts, modelOf, separate, settings } from './testing/kafka.ts';

function poolOf(model: KafkaModel, index = 0): PoolModel {
  const pool = model.pools[index];
  assert.ok(pool !== undefined);
  return pool;
}

const volumes = { storage: { volumes: [{ name: 'one' }, { name: 'two' }] } };
const spec: KafkaClusterSpecInput = { pools: [{ name: 'kafka', roles: ['Controller', 'Broker'], ...volumes }] };
const model = modelOf(spec);
const script = prepareScript(model, poolOf(model));
const labels = '/etc/podinfo/labels';
const annotations = '/etc/podinfo/annotations';
const zoneFile = '/var/lib/kafka/one/zone';
const metaOf = (id: string): string => `#\nversion=1\ncluster.id=${id}\nnode.id=0\n`;

describe('the preparation of a Kafka member', () => {
  let root: ScriptRoot;

  beforeEach(() => {
    root = new ScriptRoot();
    root.fake('java');
    root.write('/etc/stateward/server.properties', 'node.id=0\n');
    root.write('/etc/stateward/format', '--initial-controllers=0@a:9090:x,1@b:9090:y\n');
    root.write('/etc/stateward/strangers', '10\n1\n');
    for (const jar of ['a', 'B']) root.write(`/opt/kafka/libs/${jar}.jar`, '');
    root.write('/var/lib/kafka/one/lost+found/x', '');
    root.write('/var/lib/kafka/two/lost+found/x', '');
    root.write(labels, 'app="kafka"\ntopology.kubernetes.io/zone="a"\n');
    root.write(annotations, 'kubernetes.io/config.seen="x"\n');
  });

  afterEach(() => root.remove());

  const formatted = (one: string | undefined, two: string | undefined): void => {
    if (one !== undefined) root.write('/var/lib/kafka/one/log/meta.properties', metaOf(one));
    if (two !== undefined) root.write('/var/lib/kafka/two/log/meta.properties', metaOf(two));
  };

  it('formats empty volumes', async () => {
    assert.deepEqual(await root.run(script), { code: 0, output: '' });
    const told = root.read('/java.log')?.split('\n') ?? [];
    assert.deepEqual(told.slice(told.indexOf('kafka.tools.StorageTool')), [
      'kafka.tools.StorageTool',
      'format',
      `--cluster-id=${model.clusterId}`,
      '--config=/run/stateward/server.properties',
      '--ignore-formatted',
      '--initial-controllers=0@a:9090:x,1@b:9090:y',
      '',
    ]);
    assert.equal(
      told[told.indexOf('-cp') + 1],
      '/opt/kafka/libs/B.jar:/opt/kafka/libs/a.jar:/run/stateward/stateward-agent.jar',
    );
  });

  it('gives a controller that has served before no vote', async () => {
    root.write('/etc/stateward/strangers', '10\n0\n');
    await root.run(script);
    assert.match(root.read('/java.log') ?? '', /--ignore-formatted\n--no-initial-controllers\n$/);
  });

  it('adds no argument for brokers, which have none', async () => {
    root.write('/etc/stateward/format', '');
    await root.run(script);
    assert.match(root.read('/java.log') ?? '', /--ignore-formatted\n$/);
  });

  it('does not format what is formatted', async () => {
    formatted(model.clusterId, model.clusterId);
    assert.deepEqual(await root.run(script), { code: 0, output: '' });
    assert.equal(root.read('/java.log'), undefined);
  });

  it('formats when one volume is empty', async () => {
    formatted(model.clusterId, undefined);
    assert.equal((await root.run(script)).code, 0);
    assert.notEqual(root.read('/java.log'), undefined);
  });

  for (const [what, one, two] of [
    ['the first', 'AAAAAAAAAAAAAAAAAAAAAA', undefined],
    ['the second', undefined, 'AAAAAAAAAAAAAAAAAAAAAA'],
    ['one that begins like ours', `${model.clusterId}x`, model.clusterId],
  ] as const) {
    it(`refuses the volumes of another cluster: ${what}`, async () => {
      formatted(one, two);
      const { code, output } = await root.run(script);
      assert.equal(code, 1);
      assert.match(output, /belongs to another cluster: cluster\.id=\S+, not \S+; remove the claim or adopt it/);
      assert.equal(root.read('/java.log'), undefined);
    });
  }

  const properties = (): string | undefined => root.read('/run/stateward/server.properties');

  it("takes the zone of the pod's label, and keeps it", async () => {
    await root.run(script);
    assert.equal(properties(), 'node.id=0\nbroker.rack=a\n');
    assert.equal(root.read(zoneFile), 'a');
  });

  it('takes the kept zone when nobody tells it', async () => {
    root.write(labels, '');
    root.write(zoneFile, 'kept');
    assert.deepEqual(await root.run(script), { code: 0, output: '' });
    assert.equal(properties(), 'node.id=0\nbroker.rack=kept\n');
    assert.equal(root.read(zoneFile), 'kept');
  });

  it('takes the label before what is kept', async () => {
    root.write(zoneFile, 'kept');
    await root.run(script);
    assert.equal(properties(), 'node.id=0\nbroker.rack=a\n');
    assert.equal(root.read(zoneFile), 'a');
  });

  it('knows that there is no zone, and asks nobody again', async () => {
    root.write(labels, '');
    root.write(zoneFile, '');
    assert.deepEqual(await root.run(script), { code: 0, output: '' });
    assert.equal(properties(), 'node.id=0\n');
  });

  for (const [zone, expected] of [
    ['b', 'node.id=0\nbroker.rack=b\n'],
    ['', 'node.id=0\n'],
  ]) {
    it(`waits for the operator to say that the zone is "${zone}"`, async () => {
      root.write(labels, 'topology.kubernetes.io/region="r"\n');
      const { code } = await root.run(script, (output) => {
        assert.match(output, /waits for the operator to say in which zone this node is/);
        assert.equal(properties(), undefined);
        root.write(annotations, `a="b"\nstateward.dev/zone="${zone}"\n`);
      });
      assert.equal(code, 0);
      assert.equal(properties(), expected);
      assert.equal(root.read(zoneFile), zone);
    });
  }

  it('reads the label that the placement names', async () => {
    const other = modelOf({ ...spec, placement: { topologyKey: 'example.com/room' } });
    root.write(labels, 'topology.kubernetes.io/zone="a"\nexample.com/room="7"\n');
    await root.run(prepareScript(other, poolOf(other)));
    assert.equal(properties(), 'node.id=0\nbroker.rack=7\n');
  });
});

describe('the arguments of the format', () => {
  const host = (id: number): string => `demo-controller-${id}.demo-kafka-members.ns.svc.cluster.local:9090`;

  it('name every first controller with its directory', () => {
    const fresh = modelOf(separate);
    const voters = [0, 1, 2].map((id) => `${id}@${host(id)}:${initialDirectoryId(fresh.clusterId, id)}`);
    const line = `--initial-controllers=${voters.join(',')}`;
    assert.equal(formatArguments(fresh, poolOf(fresh), settings), `${line}\n`);
    assert.equal(strangersFile(fresh, poolOf(fresh)), '');
  });

  it('give no vote to a member that has served, and the first one to a late member of the same quorum', () => {
    const members = [0, 1, 2].map((nodeId) => ({
      name: `demo-controller-${nodeId}`,
      group: 'controller',
      ready: nodeId === 1,
      state: 'Ready',
      nodeId,
      joined: nodeId === 1,
    }));
    const formed = modelOf(separate, kafkaFacts({ clusterId: 'id', members }));
    assert.equal(strangersFile(formed, poolOf(formed)), '1\n');
    assert.match(formatArguments(formed, poolOf(formed), settings), /^--initial-controllers=0@/);
  });

  it('give no vote to an empty volume beside adopted ones', () => {
    const adopted = { ...modelOf(separate), adopted: true };
    assert.equal(strangersFile(adopted, poolOf(adopted)), '0\n1\n2\n');
  });

  it('fit in a ConfigMap for a pool of the largest size', () => {
    const large = modelOf({ pools: [{ name: 'kafka', roles: ['Controller', 'Broker'], replicas: 500 }] });
    const bytes = formatArguments(large, poolOf(large), settings).length;
    // Linux takes arguments of 128 KiB.
    assert.ok(bytes < 131_072, `${bytes} bytes`);
    assert.ok(strangersFile({ ...large, adopted: true }, poolOf(large)).length < 10_000);
  });

  it('are none for brokers', () => {
    const fresh = modelOf(separate);
    assert.equal(formatArguments(fresh, poolOf(fresh, 1), settings), '');
    assert.equal(strangersFile({ ...fresh, adopted: true }, poolOf(fresh, 1)), '');
  });
});

describe('the command line of Kafka', () => {
  it('has the heap, the agent and what the user adds, before the class', () => {
    const own = modelOf({
      pools: [{ name: 'kafka', roles: ['Controller', 'Broker'], jvm: { heap: '1Gi', options: ['-Dx=y'] } }],
    });
    const command = kafkaCommand(own, poolOf(own));
    assert.ok(command.includes('-Xms1024m') && command.includes('-Xmx1024m'));
    assert.ok(
      command.includes('-javaagent:/run/stateward/stateward-agent.jar=kafka,port=8778,roles=broker+controller'),
    );
    assert.ok(command.indexOf('-Dx=y') > command.indexOf('-server'));
    assert.deepEqual(command.slice(command.indexOf('-Dx=y')), [
      '-Dx=y',
      'kafka.Kafka',
      '/run/stateward/server.properties',
    ]);
  });

  it('says where the keys of issuers are, to brokers', () => {
    const own = modelOf({
      ...separate,
      listeners: ['a', 'b', 'a'].map((issuer, index) => ({
        name: `sso${index}`,
        port: 9095 + index,
        authentication: 'OAuth',
        oauth: { issuer, jwksUri: `https://${issuer}.example.com/keys`, audience: 'kafka' },
      })),
    });
    const urls = 'https://a.example.com/keys,https://b.example.com/keys';
    const option = `-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls=${urls}`;
    assert.deepEqual(
      [0, 1].map((pool) => kafkaCommand(own, poolOf(own, pool)).includes(option)),
      [false, true],
    );
  });
});
