import assert from 'node:assert/strict';
import { type KafkaVersion, kafkaVersions } from '../../../crds/kafka-cluster.ts';
import { refusal } from './rules.ts';

const owned: [string, RegExp][] = [
  ['process.roles', /pools\[\]\.roles/],
  ['node.id', /number in the pod name/],
  ['broker.id', /number in the pod name/],
  ['broker.rack', /zone/],
  ['controller.quorum.voters', /quorum is kept/],
  ['controller.quorum.bootstrap.servers', /quorum is kept/],
  ['controller.listener.names', /a listener of their own/],
  ['listeners', /spec\.listeners/],
  ['advertised.listeners', /spec\.listeners/],
  ['listener.security.protocol.map', /spec\.listeners/],
  ['listener.name.plain.ssl.keystore.location', /spec\.listeners/],
  ['early.start.listeners', /spec\.listeners/],
  ['inter.broker.listener.name', /listener of their own/],
  ['security.inter.broker.protocol', /listener of their own/],
  ['log.dir', /storage\.volumes/],
  ['log.dirs', /storage\.volumes/],
  ['metadata.log.dir', /first of pools\[\]\.storage\.volumes/],
  ['config.providers', /node id/],
  ['config.providers.file.class', /node id/],
  ['ssl.keystore.location', /secured by spec\.listeners/],
  ['sasl.enabled.mechanisms', /secured by spec\.listeners/],
  ['security.providers', /secured by spec\.listeners/],
  ['principal.builder.class', /secured by spec\.listeners/],
  ['authorizer.class.name', /authorization/],
  ['super.users', /authorization/],
  ['unstable.api.versions.enable', /cannot be upgraded/],
];

const gone: [string, RegExp][] = [
  ['zookeeper.connect', /no such setting/],
  ['inter.broker.protocol.version', /spec\.version/],
  ['log.message.format.version', /no such setting/],
  ['log.message.timestamp.difference.max.ms', /use log\.message\.timestamp\.before\.max\.ms/],
  ['control.plane.listener.name', /no such setting/],
  ['delegation.token.master.key', /use delegation\.token\.secret\.key/],
  ['offsets.commit.required.acks', /no such setting/],
  ['auto.include.jmx.reporter', /no such setting/],
];

const allowed = [
  'log.retention.hours',
  'log.dirs.extra',
  'listeners.extra',
  'node.identity',
  'controlled.shutdown.enable',
  'min.insync.replicas',
  'auto.create.topics.enable',
  'unclean.leader.election.enable',
  'log.message.timestamp.before.max.ms',
  'delegation.token.secret.key',
  'num.partitions',
  'controller.quota.window.num',
];

const cordoning: Record<KafkaVersion, RegExp> = {
  '4.3.1': /while a member is decommissioned/,
  '4.2.1': /Kafka has it from 4\.3 on/,
};

describe('settings of Kafka', () => {
  for (const version of kafkaVersions) {
    for (const [key, because] of [...owned, ...gone]) {
      it(`${version} refuses ${key}`, () => assert.match(refusal(version, key) ?? 'allowed', because));
    }
    for (const key of allowed) it(`${version} allows ${key}`, () => assert.equal(refusal(version, key), undefined));
    it(`${version} says why it refuses cordoned.log.dirs`, () =>
      assert.match(refusal(version, 'cordoned.log.dirs') ?? 'allowed', cordoning[version]));
  }
});
