/** Pure: the certificates of a Kafka service, and what its processes are told of them. */
import { leafFile, trustFile } from '../workload/certificates/files.ts';
import type { CertificateWish } from '../workload/certificates/prepare.ts';
import { serviceNames } from '../workload/identity.ts';
import { type MemberGroup, memberNames } from '../workload/members/member-set.ts';
import type { ServiceModel } from '../workload/product.ts';
import { controllerListener, internalListener, names } from './names.ts';
import type { KafkaSettings, KafkaSpecModel } from './spec.ts';

export function certificateWish(
  { service, groups, pools, certificates }: KafkaSpecModel & Pick<ServiceModel, 'groups' | 'certificates'>,
  { clusterDomain }: KafkaSettings,
): CertificateWish {
  const brokers = new Set(pools.filter(({ roles }) => roles.includes('Broker')).map(({ spec }) => spec.name));
  const named = (name: string): string[] => serviceNames(name, service, clusterDomain);
  const ofGroup = (group: MemberGroup) => ({
    set: group.name,
    members: memberNames(group).map((pod) => {
      const own = named(`${pod}.${names.members(service)}`);
      const clients = brokers.has(group.group) ? [...named(pod), ...named(names.bootstrap(service))] : [];
      return { pod, dnsNames: [...own, ...clients] };
    }),
  });
  return { service, groups: groups.map(ofGroup), policy: certificates };
}

/**
 * Members among themselves know each other by certificates. What they are made of is read again when it changes, also by
 * controllers, which Kafka itself does not tell (KAFKA-20025).
 */
export function tlsProperties(): Record<string, string> {
  const pem = { 'ssl.keystore.type': 'PEM', 'ssl.truststore.type': 'PEM' };
  const own = [controllerListener, internalListener].map((name) => `listener.name.${name.toLowerCase()}`);
  return {
    ...pem,
    'ssl.engine.factory.class': 'dev.stateward.kafka.ReloadingSslEngineFactory',
    'ssl.keystore.location': leafFile('${env:POD_NAME}'),
    'ssl.truststore.location': trustFile,
    ...Object.fromEntries(own.map((prefix) => [`${prefix}.ssl.client.auth`, 'required'])),
    ...Object.fromEntries(own.map((prefix) => [`${prefix}.ssl.principal.mapping.rules`, principalRule])),
  };
}

const principalRule = 'RULE:^CN=[^,]+,O=(stateward:[a-z]+)$/$1/';
