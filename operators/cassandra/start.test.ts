import assert from 'node:assert/strict';
import { ScriptRoot } from '../workload/testing/script.ts';
import { cassandraCommand, gateScript, type StartMode } from './start.ts';
import { modelOf } from './testing/cassandra.ts';

const annotations = '/etc/podinfo/annotations';
const options = '/run/stateward/start.options';
const marker = '/var/lib/cassandra/joined';
const founding =
  '-Dcassandra.skip_wait_for_gossip_to_settle=0\n%s-Dcassandra.ring_delay_ms=4000\n-Dcassandra.gossip_quarantine_delay_ms=60000\n';
const grants: Record<StartMode, string> = {
  First: founding.replace('%s', '-Dcassandra.superuser_setup_delay_ms=0\n'),
  Found: founding.replace('%s', ''),
  Join: '',
};

describe('the gate before Cassandra', () => {
  let root: ScriptRoot;

  beforeEach(() => {
    root = new ScriptRoot();
    root.write(annotations, 'stateward.dev/config-hash="x"\n');
  });

  afterEach(() => root.remove());

  for (const [mode, expected] of Object.entries(grants)) {
    it(`waits for the grant ${mode}`, async () => {
      const { code } = await root.run(gateScript(), (output) => {
        assert.match(output, /^has no data yet and waits for its turn to join\n$/);
        assert.equal(root.read(options), undefined);
        root.write(annotations, `a="b"\nstateward.dev/start="${mode}"\n`);
      });
      assert.equal(code, 0);
      assert.equal(root.read(options)?.trim(), expected.trim());
    });
  }

  it('lets a member that has joined pass at once, whatever it was granted', async () => {
    root.write(marker, 'host-id');
    root.write(annotations, 'stateward.dev/start="First"\n');
    assert.deepEqual(await root.run(gateScript()), { code: 0, output: '' });
    assert.equal(root.read(options), '');
  });

  it('takes an empty marker for none', async () => {
    root.write(marker, '');
    root.write(annotations, 'stateward.dev/start="Found"\n');
    assert.equal((await root.run(gateScript())).code, 0);
    assert.equal(root.read(options), grants.Found);
  });

  it('refuses what it does not know', async () => {
    root.write(annotations, 'stateward.dev/start="Nonsense"\n');
    const { code, output } = await root.run(gateScript());
    assert.equal(code, 1);
    assert.match(output, /does not know the grant Nonsense/);
    assert.equal(root.read(options), undefined);
  });
});

describe('the command line of Cassandra', () => {
  it('has the options of the gate, the heap, the agents and what the user adds, before the class', () => {
    const command = cassandraCommand(modelOf({ jvm: { heap: '1Gi', options: ['-Dx=y'] } }));
    const begin = command.indexOf('@/run/stateward/start.options');
    assert.deepEqual(command.slice(begin, begin + 4), [
      '@/run/stateward/start.options',
      '-Xms1024m',
      '-Xmx1024m',
      '-XX:MaxDirectMemorySize=512m',
    ]);
    assert.deepEqual(command.slice(-3), [
      '-javaagent:/run/stateward/stateward-agent.jar=cassandra,port=8778,seeds=/etc/stateward/cassandra.yaml,joined=/var/lib/cassandra/joined',
      '-Dx=y',
      'org.apache.cassandra.service.CassandraDaemon',
    ]);
  });
});
