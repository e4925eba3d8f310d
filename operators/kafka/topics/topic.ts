/** A stored `KafkaTopic` as a model, or everything that is wrong with it. */
import { type KafkaTopicSpec, type KafkaTopicStatus, kafkaTopics, parseKafkaTopic } from '../../../crds/kafka-topic.ts';
import type { Resource } from '../../kube/resource.ts';
import { byAge, type EntityObject } from '../../workload/entities/entity.ts';

export type TopicObject = EntityObject<KafkaTopicStatus>;

export const topicResource: Resource<TopicObject> = kafkaTopics;

export interface TopicModel {
  object: TopicObject;
  /** As Kafka knows it. */
  name: string;
  spec: KafkaTopicSpec;
  config: ReadonlyMap<string, string>;
}

export type TopicReading =
  | { kind: 'Topic'; topic: TopicModel }
  | { kind: 'Refused'; object: TopicObject; reason: 'InvalidSpec' | 'NameTaken'; message: string };

/** In the order of their age: the first object that names a topic has it. */
export function readTopics(objects: readonly TopicObject[]): TopicReading[] {
  const taken = new Map<string, string>();
  return objects.toSorted(byAge).map((object): TopicReading => {
    const parsed = parseKafkaTopic(object.spec);
    if (!parsed.ok) {
      const message = parsed.problems.map(({ path, message: problem }) => `${path}: ${problem}`).join('; ');
      return { kind: 'Refused', object, reason: 'InvalidSpec', message };
    }
    const spec = parsed.value;
    const { name = object.metadata.name } = spec;
    const other = taken.get(name);
    if (other !== undefined) {
      const message = `topic ${name} is that of KafkaTopic ${other}; name another topic, or delete one of the two`;
      return { kind: 'Refused', object, reason: 'NameTaken', message };
    }
    taken.set(name, object.metadata.name);
    return { kind: 'Topic', topic: { object, name, spec, config: new Map(Object.entries(spec.config)) } };
  });
}
