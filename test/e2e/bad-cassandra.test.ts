/** CassandraClusters that cannot be: each says why, and a corrected one always goes on. */
import { badSpecs } from '../../crds/cases/index.ts';
import { type CassandraCluster, cassandras } from '../lib/resources.ts';
import { corrected, refused, type Trial, unharmed } from './lib/bad-specs.ts';
import { usePlace } from './lib/place.ts';
import { smallCassandra } from './lib/services.ts';

const good = { replicas: 1, ...smallCassandra };

const trial: Trial<CassandraCluster> = {
  resource: cassandras,
  name: 'bad',
  good,
  wrong: [
    {
      what: 'a missing StorageClass',
      spec: { ...good, storage: { size: '1Gi', storageClassName: 'nowhere' } },
      reason: 'StorageClassNotFound',
      words: /no StorageClass nowhere; the cluster has stateward-local/,
      beforehand: true,
    },
    {
      what: 'a missing image',
      spec: { ...good, image: 'docker.io/stateward/cassandra:0.0.0' },
      reason: 'StepFailed',
      words: /bad-r1-0.*image of .*docker\.io\/stateward\/cassandra:0\.0\.0/,
      beforehand: false,
    },
    {
      what: 'a memory limit that is too small for the heap',
      spec: { ...good, resources: { limits: { memory: '600Mi' } } },
      reason: 'MemoryTooSmall',
      words: /heap of 512Mi and 384Mi beside it do not fit in the memory limit 600Mi/,
      beforehand: true,
    },
    {
      what: 'a rack in a zone that does not exist',
      spec: { ...good, racks: [{ name: 'r1', zone: 'nowhere' }] },
      reason: 'StepFailed',
      words: /bad-r1-0.*no node fits/,
      beforehand: false,
    },
    {
      what: 'a setting that Stateward owns',
      spec: { ...good, config: { authenticator: 'AllowAllAuthenticator' } },
      reason: 'ConfigRefused',
      words: /spec\.config\.authenticator cannot be set: it follows from spec\.authentication\.mode; remove it/,
      beforehand: true,
    },
    {
      what: 'a setting that Cassandra does not know',
      spec: { ...good, config: { no_such_setting: 1 } },
      reason: 'StepFailed',
      words: /bad-r1-0.*no_such_setting/,
      beforehand: false,
    },
  ],
};

/** Only the first setup needs the Secret: what runs has its roles. */
const first: Trial<CassandraCluster> = {
  ...trial,
  wrong: [
    {
      what: 'a Secret that does not exist',
      spec: { ...good, superuserSecretName: 'nowhere' },
      reason: 'SecretNotFound',
      words: /there is no Secret nowhere in namespace .*; create it with username and password/,
      beforehand: true,
    },
    ...trial.wrong,
  ],
};

describe('a CassandraCluster that was wrong from the start', () => {
  const at = usePlace('bad-cassandra');
  corrected(first, at);

  describe('and runs now', () => {
    unharmed(trial, at);
  });
});

describe('a CassandraCluster of nonsense', () => {
  const at = usePlace('nonsense');
  refused(
    cassandras,
    badSpecs.filter(({ kind }) => kind === 'CassandraCluster'),
    at,
  );
});
