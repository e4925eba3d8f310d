import assert from 'node:assert/strict';
import { type Config, readConfig } from './config.ts';

const facts = { version: '1.2.3', identity: 'stateward-abc' };
const needed = { STATEWARD_POD_NAMESPACE: 'stateward', STATEWARD_LEASE_NAMESPACE: 'stateward' };

function valid(variables: Record<string, string>): Config {
  const result = readConfig({ ...needed, ...variables }, facts);
  assert.equal(result.kind, 'Config', JSON.stringify(result));
  assert.ok(result.kind === 'Config');
  return result.config;
}

function problems(variables: Record<string, string>): string {
  const result = readConfig(variables, facts);
  assert.ok(result.kind === 'Invalid', JSON.stringify(result));
  return result.message;
}

describe('configuration', () => {
  it('has a default for all but its own namespace and that of the lease', () => {
    assert.deepEqual(valid({}), {
      logLevel: 'info',
      port: 8080,
      election: { namespace: 'stateward', name: 'stateward', identity: 'stateward-abc' },
      workers: 4,
      clusterDomain: 'cluster.local',
      operatorNamespace: 'stateward',
      images: {
        kafka: 'docker.io/apache/kafka',
        cassandra: 'docker.io/library/cassandra',
        agents: 'docker.io/stateward/agents:1.2.3',
      },
    });
  });

  it('reads every variable', () => {
    const config = valid({
      STATEWARD_NAMESPACES: 'b, a,b,',
      STATEWARD_LOG_LEVEL: 'debug',
      STATEWARD_LISTEN: '9000',
      STATEWARD_LEASE_NAME: 'other',
      STATEWARD_IDENTITY: 'me',
      STATEWARD_WORKERS: '10',
      STATEWARD_CLUSTER_DOMAIN: 'k8s.example.com',
      STATEWARD_IMAGE_KAFKA: 'localhost:5000/kafka',
      STATEWARD_IMAGE_CASSANDRA: 'mirror/library/cassandra',
      STATEWARD_IMAGE_AGENTS: `registry.example.com/agents@sha256:${'0'.repeat(64)}`,
    });
    assert.deepEqual(config, {
      namespaces: ['b', 'a'],
      logLevel: 'debug',
      port: 9000,
      election: { namespace: 'stateward', name: 'other', identity: 'me' },
      workers: 10,
      clusterDomain: 'k8s.example.com',
      operatorNamespace: 'stateward',
      images: {
        kafka: 'localhost:5000/kafka',
        cassandra: 'mirror/library/cassandra',
        agents: `registry.example.com/agents@sha256:${'0'.repeat(64)}`,
      },
    });
  });

  it('needs no lease without election', () => {
    const config = valid({ STATEWARD_LEADER_ELECTION: 'false', STATEWARD_LEASE_NAMESPACE: '' });
    assert.equal('election' in config, false);
  });

  it('takes an empty value for none, and minds no variable of others', () => {
    const config = valid({ STATEWARD_LISTEN: '', STATEWARD_PORT: 'tcp://10.0.0.1:80', PATH: '/bin' });
    assert.equal(config.port, 8080);
  });

  it('lists every problem at once', () => {
    const message = problems({
      ...needed,
      STATEWARD_NAMESPACES: 'fine,Not_fine',
      STATEWARD_LOG_LEVEL: 'loud',
      STATEWARD_LISTEN: '70000',
      STATEWARD_LEADER_ELECTION: 'maybe',
      STATEWARD_WORKERS: '0',
      STATEWARD_CLUSTER_DOMAIN: 'a b',
      STATEWARD_IMAGE_KAFKA: 'apache/kafka:4.3.1',
      STATEWARD_IMAGE_AGENTS: 'agents',
    });
    assert.deepEqual(message.split('\n'), [
      'invalid configuration:',
      '  STATEWARD_NAMESPACES="fine,Not_fine": is not a DNS label',
      '  STATEWARD_LOG_LEVEL="loud": Invalid option: expected one of "error"|"warn"|"info"|"debug"',
      '  STATEWARD_LISTEN="70000": is not a whole number from 0 to 65535',
      '  STATEWARD_LEADER_ELECTION="maybe": Invalid option: expected one of "true"|"false"',
      '  STATEWARD_WORKERS="0": is not a whole number from 1 to 100',
      '  STATEWARD_CLUSTER_DOMAIN="a b": is not a DNS name',
      '  STATEWARD_IMAGE_KAFKA="apache/kafka:4.3.1": is not an image repository without tag',
      '  STATEWARD_IMAGE_AGENTS="agents": is not an image reference with tag or digest',
    ]);
  });

  it('lists missing namespaces together with the other problems', () => {
    const message = problems({ STATEWARD_WORKERS: 'many' });
    assert.match(message, /STATEWARD_POD_NAMESPACE: is required\n/);
    assert.match(message, /STATEWARD_WORKERS="many": is not a whole number/);
    assert.match(message, /STATEWARD_LEASE_NAMESPACE: is required unless STATEWARD_LEADER_ELECTION is false/);
  });
});
