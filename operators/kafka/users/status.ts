/** Pure: what a KafkaUser's status says. */
import type { KafkaUserStatus } from '../../../crds/kafka-user.ts';
import { conditionsOf, type Statement } from '../../workload/conditions.ts';
import { bindingName } from './binding.ts';
import type { Password } from './secrets.ts';
import type { UserObject } from './user.ts';

export type UserOutcome =
  /** Kafka has everything. */
  | { kind: 'Applied'; password: Password['source'] }
  /** Trying again helps by itself. */
  | { kind: 'Waits'; reason: 'ClusterNotFound' | 'ClusterNotReady'; message: string }
  /** Somebody has to change something. */
  | {
      kind: 'Refused';
      reason: 'InvalidSpec' | 'SecretInvalid' | 'NoListener' | 'NoAuthorization' | 'KafkaRefuses';
      message: string;
      /** What Kafka has been given all the same. */
      password?: Password['source'];
    };

export function userStatus(object: UserObject, outcome: UserOutcome, now: string): KafkaUserStatus {
  const { metadata, status = {} } = object;
  const generation = metadata.generation ?? 0;
  const conditions = conditionsOf(statementsOf(outcome), status.conditions ?? [], generation, now);
  const password = 'password' in outcome ? outcome.password : undefined;
  const given = password && { username: metadata.name, binding: { name: bindingName(object) }, password };
  return { ...status, ...given, observedGeneration: generation, conditions };
}

function statementsOf(outcome: UserOutcome): Statement[] {
  switch (outcome.kind) {
    case 'Applied':
      return [{ type: 'Ready', status: 'True', reason: 'Applied', message: 'Kafka has the user as the spec says' }];
    case 'Waits':
    case 'Refused': {
      const { reason, message } = outcome;
      const type = outcome.kind === 'Waits' ? 'Reconciling' : 'Stalled';
      return [
        { type: 'Ready', status: 'False', reason, message },
        { type, status: 'True', reason, message },
      ];
    }
    default:
      return outcome satisfies never;
  }
}
