/** How a Kafka process is started: the init container that prepares the volumes, and the java command line. */
import { agentJar, configDir } from '../workload/agent.ts';
import { megabytes } from '../workload/bytes.ts';
import { memberDns } from '../workload/identity.ts';
import { classPath, javaCommand } from '../workload/java.ts';
import { controllersOf, logDirs, podsOf } from './config/server-properties.ts';
import { initialDirectoryId } from './ids.ts';
import { issuerOptions } from './listeners/listeners.ts';
import { names, ports } from './names.ts';
import type { KafkaSettings, KafkaSpecModel, PoolModel } from './spec.ts';

const libs = '/opt/kafka/libs';
const preparedProperties = '/run/stateward/server.properties';

/** The annotation by which the operator tells a pod its zone where Kubernetes does not (KEP-4742 is on from 1.35). */
export const zoneAnnotation = 'stateward.dev/zone';

/**
 * Runs before each start. Settles the rack, refuses the volumes of another cluster, and formats what is empty. The zone
 * is kept beside the data, so that a later start needs nobody to tell it.
 */
export function prepareScript(model: KafkaSpecModel, pool: PoolModel): string {
  const dirs = logDirs(pool);
  const zoneFile = `${dirs[0]?.replace(/\/log$/, '')}/zone`;
  const topologyKey = (pool.spec.placement ?? model.spec.placement).topologyKey;
  return `set -eu
field() { sed -n "s|^$1=\\"\\(.*\\)\\"$|\\1|p" "$2"; }
zone() { field '${topologyKey}' /etc/podinfo/labels; }
quorum() { if grep -qx "$NODE_ID" ${configDir}/strangers; then echo --no-initial-controllers; else cat ${configDir}/format; fi; }
told() { grep -q '^${zoneAnnotation}=' /etc/podinfo/annotations; }
rack=$(zone)
if [ -z "$rack" ]; then rack=$(field '${zoneAnnotation}' /etc/podinfo/annotations); fi
if [ -z "$rack" ] && [ -f ${zoneFile} ]; then rack=$(cat ${zoneFile}); fi
if [ -z "$rack" ] && [ ! -f ${zoneFile} ]; then
  echo "waits for the operator to say in which zone this node is"
  until told; do sleep 0.2; done
  rack=$(field '${zoneAnnotation}' /etc/podinfo/annotations)
fi
printf '%s' "$rack" > ${zoneFile}.new
mv ${zoneFile}.new ${zoneFile}
cp ${configDir}/server.properties ${preparedProperties}
if [ -n "$rack" ]; then echo "broker.rack=$rack" >> ${preparedProperties}; fi
empty=
for dir in ${dirs.join(' ')}; do
  if [ -f "$dir/meta.properties" ]; then
    if ! grep -qxF "cluster.id=${model.clusterId}" "$dir/meta.properties"; then
      echo "$dir belongs to another cluster: $(grep cluster.id "$dir/meta.properties"), not ${model.clusterId}; remove the claim or adopt it" >&2
      exit 1
    fi
  else
    empty=yes
  fi
done
if [ -z "$empty" ]; then exit 0; fi
classpath=${classPath(libs)}
exec java -XX:TieredStopAtLevel=1 -XX:SharedArchiveFile=/opt/kafka/kafka.jsa -Xshare:auto \\
  -cp "$classpath:${agentJar}" kafka.tools.StorageTool format \\
  --cluster-id=${model.clusterId} --config=${preparedProperties} --ignore-formatted $(quorum)
`;
}

/**
 * Quorum arguments of the format tool (KIP-853). The first controllers all get the same list of voters, also one that
 * comes late to a quorum that the others have formed. Brokers need none.
 */
export function formatArguments(model: KafkaSpecModel, pool: PoolModel, settings: KafkaSettings): string {
  if (!pool.roles.includes('Controller')) return '';
  return `--initial-controllers=${initialVoters(model, settings).join(',')}\n`;
}

/**
 * Node ids, one on each line, of controllers that have served before. With an empty volume such a one has lost its vote:
 * it joins as an observer and never votes under its old directory id.
 */
export function strangersFile(model: KafkaSpecModel, pool: PoolModel): string {
  if (!pool.roles.includes('Controller')) return '';
  const known = podsOf(model, pool).filter(({ nodeId }) => model.adopted || model.joined.includes(nodeId));
  return known.map(({ nodeId }) => `${nodeId}\n`).join('');
}

function initialVoters(model: KafkaSpecModel, settings: KafkaSettings): string[] {
  return controllersOf(model).map(({ pod, nodeId }) => {
    const host = memberDns(pod, names.members(model.service), model.service, settings.clusterDomain);
    return `${nodeId}@${host}:${ports.controller}:${initialDirectoryId(model.clusterId, nodeId)}`;
  });
}

/** The whole command line: all that is asked of an image is a JRE and /opt/kafka/libs. */
export function kafkaCommand({ listeners }: KafkaSpecModel, pool: PoolModel): string[] {
  const heap = megabytes(pool.heap);
  const roles = pool.roles
    .map((role) => role.toLowerCase())
    .sort()
    .join('+');
  return javaCommand(
    libs,
    [
      `-Xms${heap}`,
      `-Xmx${heap}`,
      '-server',
      '-XX:+UseG1GC',
      '-XX:MaxGCPauseMillis=20',
      '-XX:InitiatingHeapOccupancyPercent=35',
      '-XX:+ExplicitGCInvokesConcurrent',
      '-XX:+ExitOnOutOfMemoryError',
      '-XX:SharedArchiveFile=/opt/kafka/kafka.jsa',
      '-Xshare:auto',
      '-Djava.awt.headless=true',
      // Pods change their addresses: names are looked up again soon, and a name not there yet is asked for again at once.
      '-Dsun.net.inetaddr.ttl=5',
      '-Dsun.net.inetaddr.negative.ttl=0',
      '-Dkafka.logs.dir=/tmp',
      `-Dlog4j2.configurationFile=${configDir}/log4j2.properties`,
      `-javaagent:${agentJar}=kafka,port=${ports.agent},roles=${roles}`,
      ...(pool.roles.includes('Broker') ? issuerOptions(listeners) : []),
      ...(pool.spec.jvm?.options ?? []),
      'kafka.Kafka',
      preparedProperties,
    ],
    ports.agent,
  );
}

/** To standard output only: the pod's log is the one place to look. */
export const log4j2 = `status=warn
appender.console.type=Console
appender.console.name=console
appender.console.layout.type=PatternLayout
appender.console.layout.pattern=%d{ISO8601} %p %m (%c{1})%n
rootLogger.level=info
rootLogger.appenderRef.console.ref=console
`;
