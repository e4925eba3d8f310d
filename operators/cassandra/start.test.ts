import assert from 'node:assert/strict';
import { hostname } from 'node:os';
import { ScriptRoot } from '../workload/testing/script.ts';
import { cassandraYaml } from './config/cassandra-yaml.ts';
import { cassandraCommand, gateScript } from './start.ts';
import { modelOf, settings } from './testing/cassandra.ts';

const annotations = '/etc/podinfo/annotations';
const options = '/run/stateward/start.options';
const config = '/etc/stateward/cassandra.yaml';
const marker = '/var/lib/cassandra/joined';
const founding =
  '-Dcassandra.skip_wait_for_gossip_to_settle=0\n%s-Dcassandra.ring_delay_ms=4000\n-Dcassandra.gossip_quarantine_delay_ms=60000\n';
const grants = {
  First: founding.replace('%s', '-Dcassandra.superuser_setup_delay_ms=0\n'),
  Found: founding.replace('%s', ''),
  Join: '',
  'Replace:10.244.1.17': '-Dcassandra.replace_address_first_boot=10.244.1.17',
  'Replace:fd00:10:244::1:B7': '-Dcassandra.replace_address_first_boot=fd00:10:244::1:B7',
};

describe('the gate before Cassandra', () => {
  let root: ScriptRoot;

  beforeEach(() => {
    root = new ScriptRoot();
    root.write(annotations, 'stateward.dev/config-hash="x"\n');
    root.write(config, yamlWithSeeds('demo-r1-0', 'demo-r2-0'));
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

  it('leads Cassandra to the certificate of this member, also to one that comes later', async () => {
    root.write(marker, 'host-id');
    const own = `/etc/stateward-tls/${hostname()}.pem`;
    for (const text of ['first', 'second']) {
      root.write(own, text);
      assert.equal((await root.run(gateScript())).code, 0);
      assert.equal(root.read('/run/stateward/own.pem'), text);
    }
    root.write(own, 'third');
    assert.equal(root.read('/run/stateward/own.pem'), 'third');
  });

  it('takes an empty marker for none', async () => {
    root.write(marker, '');
    root.write(annotations, 'stateward.dev/start="Found"\n');
    assert.equal((await root.run(gateScript())).code, 0);
    assert.equal(root.read(options), grants.Found);
  });

  const unknown = [
    'Nonsense',
    'Replace',
    'Replace:',
    'Replace:host-1',
    'Replace:1.2.3.4 -Dx=y',
    "Replace:1.2.3.4'$(id)",
  ];
  for (const grant of unknown) {
    it(`refuses what it does not know: ${grant}`, async () => {
      root.write(annotations, `stateward.dev/start="${grant}"\n`);
      const { code, output } = await root.run(gateScript());
      assert.equal(code, 1);
      assert.ok(output.endsWith(`does not know the grant ${grant}\n`), output);
      assert.equal(root.read(options), undefined);
    });
  }

  it("lets nobody take another's place while it is named as a seed", async () => {
    root.write(annotations, 'stateward.dev/start="Replace:10.244.1.17"\n');
    root.write(config, yamlWithSeeds('demo-r1-0', hostname()));
    const { code } = await root.run(gateScript(), (output) => {
      if (!output.includes('is named as a seed')) return;
      assert.equal(root.read(options), undefined);
      // Not the same name, although it begins and ends alike.
      root.write(config, yamlWithSeeds(`x${hostname()}`, `${hostname()}x`));
    });
    assert.equal(code, 0);
    assert.equal(root.read(options)?.trim(), grants['Replace:10.244.1.17']);
  });
});

function yamlWithSeeds(...seeds: string[]): string {
  return cassandraYaml({ ...modelOf(), seeds }, settings);
}

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
      '-javaagent:/run/stateward/stateward-agent.jar=cassandra,port=8778,tls=8779,own=/run/stateward/own.pem,trusted=/etc/stateward-tls/ca.crt,seeds=/etc/stateward/cassandra.yaml,joined=/var/lib/cassandra/joined,hints=/var/lib/cassandra/hints',
      '-Dx=y',
      'org.apache.cassandra.service.CassandraDaemon',
    ]);
  });
});
