/** KafkaClusters that cannot be: each says why, and a corrected one always goes on. */
import { badSpecs } from '../../crds/cases/index.ts';
import { type KafkaCluster, kafkas } from '../lib/resources.ts';
import { corrected, refused, type Trial, unharmed } from './lib/bad-specs.ts';
import { usePlace } from './lib/place.ts';
import { singleKafka } from './lib/services.ts';

const good = { pools: [singleKafka()] };

function pool(extra: object): object {
  return { pools: [singleKafka(extra)] };
}

const trial: Trial<KafkaCluster> = {
  resource: kafkas,
  name: 'bad',
  good,
  wrong: [
    {
      what: 'a missing StorageClass',
      spec: pool({ storage: { volumes: [{ name: 'data', size: '1Gi', storageClassName: 'nowhere' }] } }),
      reason: 'StorageClassNotFound',
      words: /no StorageClass nowhere; the cluster has stateward-local/,
      beforehand: true,
    },
    {
      what: 'a missing image',
      spec: { ...good, image: 'docker.io/stateward/kafka:0.0.0' },
      reason: 'StepFailed',
      words: /bad-kafka-0.*image of .*docker\.io\/stateward\/kafka:0\.0\.0/,
      beforehand: false,
    },
    {
      what: 'a memory limit that is too small for the heap',
      spec: pool({ resources: { limits: { memory: '320Mi' } } }),
      reason: 'MemoryTooSmall',
      words: /memory limit of 320Mi leaves a heap of 160Mi; raise resources\.limits\.memory to 384Mi/,
      beforehand: true,
    },
    {
      what: 'a heap that does not fit',
      spec: pool({ jvm: { heap: '600Mi' } }),
      reason: 'MemoryTooSmall',
      words: /heap of 600Mi and 192Mi beside it do not fit in the memory limit 640Mi/,
      beforehand: true,
    },
    {
      what: 'a placement that no node satisfies',
      spec: { ...good, placement: { nodeSelector: { 'example.com/no-such': 'node' } } },
      reason: 'StepFailed',
      words: /bad-kafka-0.*no node fits/,
      beforehand: false,
    },
    {
      what: 'an affinity that is none',
      spec: { ...good, placement: { affinity: { nodeAffinity: { preferred: [] } } } },
      reason: 'InvalidSpec',
      words: /the API server refuses StatefulSet bad-kafka/,
      beforehand: true,
    },
    {
      what: 'a priority class that does not exist',
      spec: { ...good, placement: { priorityClassName: 'nowhere' } },
      reason: 'PlacementUnsatisfiable',
      words: /placement asks for PriorityClass nowhere, which does not exist; create it or correct the name/,
      beforehand: true,
    },
    {
      what: 'a runtime class that does not exist',
      spec: { ...good, placement: { runtimeClassName: 'nowhere' } },
      reason: 'PlacementUnsatisfiable',
      words: /placement asks for RuntimeClass nowhere, which does not exist; create it or correct the name/,
      beforehand: true,
    },
    {
      what: 'GPUs that no node has',
      spec: pool({ gpu: { vendor: 'Amd', count: 1 } }),
      reason: 'StepFailed',
      words: /bad-kafka-0.*no node fits/,
      beforehand: false,
    },
    {
      what: 'an option that java does not know',
      spec: pool({ jvm: { options: ['-XX:+NoSuchOption'] } }),
      reason: 'StepFailed',
      words: /Unrecognized VM option 'NoSuchOption'/,
      beforehand: false,
    },
    {
      what: 'a setting with a value that Kafka refuses',
      spec: { ...good, config: { 'num.io.threads': 'many' } },
      reason: 'StepFailed',
      words: /Kafka refuses spec\.config: .*num\.io\.threads/,
      beforehand: false,
    },
    {
      what: 'a port that members use among themselves',
      spec: { ...good, listeners: [{ name: 'plain', port: 9090 }] },
      reason: 'InvalidSpec',
      words: /spec\.listeners\[plain\]\.port: 9090 is the controller port of every member; choose another/,
      beforehand: true,
    },
  ],
};

describe('a KafkaCluster that was wrong from the start', () => {
  const at = usePlace('bad-kafka');
  corrected(trial, at);

  describe('and runs now', () => {
    unharmed(trial, at);
  });
});

describe('a KafkaCluster of nonsense', () => {
  const at = usePlace('nonsense');
  refused(
    kafkas,
    badSpecs.filter(({ kind }) => kind === 'KafkaCluster'),
    at,
  );
});
