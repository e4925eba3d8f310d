/** A stored `KafkaUser` as a model, or everything that is wrong with it. */
import { javaAddress } from '../../../crds/address.ts';
import {
  type KafkaAcl,
  type KafkaUserSpec,
  type KafkaUserStatus,
  kafkaUsers,
  parseKafkaUser,
} from '../../../crds/kafka-user.ts';
import type { Resource } from '../../kube/resource.ts';
import type { EntityObject } from '../../workload/entities/entity.ts';
import type { AclBinding, quotaKeys } from '../admin/user-admin.ts';

export type UserObject = EntityObject<KafkaUserStatus>;

export const userResource: Resource<UserObject> = kafkaUsers;

export type Quotas = ReadonlyMap<(typeof quotaKeys)[number], number>;

export interface UserModel {
  object: UserObject;
  name: string;
  spec: KafkaUserSpec;
  acls: AclBinding[];
  quotas: Quotas;
}

export type UserReading = { kind: 'User'; user: UserModel } | { kind: 'Refused'; object: UserObject; message: string };

export function readUser(object: UserObject): UserReading {
  const parsed = parseKafkaUser(object.spec);
  if (!parsed.ok) {
    const message = parsed.problems.map(({ path, message: problem }) => `${path}: ${problem}`).join('; ');
    return { kind: 'Refused', object, message };
  }
  const { name } = object.metadata;
  const spec = parsed.value;
  return { kind: 'User', user: { object, name, spec, acls: bindingsOf(name, spec.acls), quotas: quotasOf(spec) } };
}

/** Kafka has one rule for each operation, and calls itself this. */
const clusterName = 'kafka-cluster';

function bindingsOf(user: string, acls: readonly KafkaAcl[]): AclBinding[] {
  const all = acls.flatMap(({ resource, operations, permission, host }) =>
    operations.map((operation): AclBinding => {
      const { type, pattern, name = clusterName } = resource;
      return { user, type, name, pattern, operation, permission, host: javaAddress(host) ?? host };
    }),
  );
  return [...new Map(all.map((binding) => [aclKey(binding), binding])).values()];
}

export function aclKey({ user, type, name, pattern, operation, permission, host }: AclBinding): string {
  return JSON.stringify([user, type, name, pattern, operation, permission, host]);
}

function quotasOf({ quotas = {} }: KafkaUserSpec): Quotas {
  const wanted: [(typeof quotaKeys)[number], number | undefined][] = [
    ['producer_byte_rate', quotas.producerBytesPerSecond],
    ['consumer_byte_rate', quotas.consumerBytesPerSecond],
    ['request_percentage', quotas.requestPercentage],
    ['controller_mutation_rate', quotas.controllerMutationsPerSecond],
  ];
  return new Map(wanted.flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])));
}
