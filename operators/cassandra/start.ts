/** How a Cassandra process is started: the gate before it, and the java command line. */

import { agentJar, configDir } from '../workload/agent.ts';
import { megabytes } from '../workload/bytes.ts';
import { trustFile } from '../workload/certificates/files.ts';
import { javaCommand } from '../workload/java.ts';
import { linkOwnFile, ownFile } from './certificates.ts';
import { dataRoot } from './config/cassandra-yaml.ts';
import { ports, startAnnotation } from './names.ts';
import type { CassandraSpecModel } from './spec.ts';

/** Written by the agent once the member is NORMAL: from then on it starts without anybody's leave. */
export const joinedMarker = `${dataRoot}/joined`;

/**
 * What the operator lets a member without data do. `First` founds the ring: there is nobody whose gossip it could wait
 * for. `Found` joins it before any client has been told of the service: there are no writes that a short ring delay
 * could lose. `Join` joins a service in use. `Replace:<address>` takes the place, the tokens and the ranges of a dead
 * member, which its peers know by that address (IPv4 or IPv6). With another address of its own it gets a new host id;
 * with the same one it keeps the old, and is sent the writes of the meantime only as hints.
 */
export type StartMode = FixedMode | `Replace:${string}`;

type FixedMode = 'First' | 'Found' | 'Join';

/**
 * The ring delay also bounds how long a silent joiner is kept in gossip, for as long as the process lives: that stays at
 * Cassandra's default of twice 30 s.
 */
const shortRingDelay = ['-Dcassandra.ring_delay_ms=4000', '-Dcassandra.gossip_quarantine_delay_ms=60000'];
const noGossipSettling = '-Dcassandra.skip_wait_for_gossip_to_settle=0';

const modeOptions: Record<FixedMode, string[]> = {
  First: [noGossipSettling, '-Dcassandra.superuser_setup_delay_ms=0', ...shortRingDelay],
  Found: [noGossipSettling, ...shortRingDelay],
  Join: [],
};

/**
 * Only as long as the volume is empty: a member that has joined ignores it, should the file outlive its use. All else
 * stays at Cassandra's defaults, consistent range movement too: it refuses to run beside another one that joins.
 */
const replaceOption = '-Dcassandra.replace_address_first_boot';

const optionsFile = '/run/stateward/start.options';

/**
 * A member that has joined before starts at once, whether an operator runs or not. One without data waits for its turn:
 * members join one at a time, and an emptied volume must not found a second ring or join under an old name.
 */
export function gateScript(): string {
  const grants = Object.entries(modeOptions).map(
    ([mode, options]) =>
      `  ${mode}) printf '%s\\n' ${options.map((option) => `'${option}'`).join(' ')} > ${optionsFile};;`,
  );
  return `set -eu
${linkOwnFile}
if [ -s ${joinedMarker} ]; then
  : > ${optionsFile}
  exit 0
fi
echo 'has no data yet and waits for its turn to join'
grant=
while [ -z "$grant" ]; do
  grant=$(sed -n 's|^${startAnnotation}="\\(.*\\)"$|\\1|p' /etc/podinfo/annotations)
  if [ -z "$grant" ]; then sleep 0.2; fi
done
isSeed() { grep -q "seeds:.*[ ,]$(uname -n)[.]" ${configDir}/cassandra.yaml; }
refuse() { echo "does not know the grant $grant" >&2; exit 1; }
case "$grant" in
${grants.join('\n')}
${replaceCase}
  *) refuse;;
esac
`;
}

/** The mounted file may be older than the grant, and a member that is its own seed refuses to take another's place. */
const replaceCase = `  Replace:*)
    address=\${grant#Replace:}
    case "$address" in ''|*[!0-9A-Fa-f:.]*) refuse;; esac
    if isSeed; then echo 'is named as a seed and waits until it is not'; fi
    while isSeed; do sleep 0.2; done
    printf '%s\\n' "${replaceOption}=$address" > ${optionsFile};;`;

const exports = [
  'java.base/jdk.internal.misc',
  'java.base/java.lang.ref',
  'java.management.rmi/com.sun.jmx.remote.internal.rmi',
  'java.rmi/sun.rmi.registry',
  'java.rmi/sun.rmi.server',
  'java.sql/java.sql',
  'jdk.unsupported/sun.misc',
  'jdk.attach/sun.tools.attach',
];

const opens = [
  'java.base/java.lang.module',
  'java.base/jdk.internal.loader',
  'java.base/jdk.internal.ref',
  'java.base/jdk.internal.reflect',
  'java.base/jdk.internal.math',
  'java.base/jdk.internal.module',
  'java.base/jdk.internal.util.jar',
  'java.base/sun.nio.ch',
  'java.base/java.io',
  'java.base/java.lang.reflect',
  'java.base/java.lang',
  'java.base/java.util',
  'java.base/java.nio',
  'jdk.management/com.sun.management.internal',
];

/** From conf/jvm-server.options and conf/jvm17-server.options of Cassandra 5.0. */
export function cassandraCommand(model: CassandraSpecModel): string[] {
  const heap = megabytes(model.heap);
  return javaCommand(
    '/opt/cassandra/lib',
    [
      `@${optionsFile}`,
      `-Xms${heap}`,
      `-Xmx${heap}`,
      `-XX:MaxDirectMemorySize=${megabytes(model.heap / 2n)}`,
      ...vmFlags,
      ...exports.map((name) => `--add-exports=${name}=ALL-UNNAMED`),
      ...opens.map((name) => `--add-opens=${name}=ALL-UNNAMED`),
      ...systemProperties,
      '-javaagent:/opt/cassandra/lib/jamm-0.4.0.jar',
      `-javaagent:${agentJar}=${agentOptions.join(',')}`,
      ...(model.spec.jvm?.options ?? []),
      'org.apache.cassandra.service.CassandraDaemon',
    ],
    ports.agent,
  );
}

const agentOptions = [
  'cassandra',
  `port=${ports.agent}`,
  `tls=${ports.agentTls}`,
  `own=${ownFile}`,
  `trusted=${trustFile}`,
  `seeds=${configDir}/cassandra.yaml`,
  `joined=${joinedMarker}`,
  `hints=${dataRoot}/hints`,
];

const vmFlags = [
  '-ea',
  '-Xss256k',
  '-XX:+UseG1GC',
  '-XX:MaxTenuringThreshold=1',
  '-XX:G1HeapRegionSize=16m',
  '-XX:MaxGCPauseMillis=300',
  '-XX:InitiatingHeapOccupancyPercent=70',
  '-XX:+ParallelRefProcEnabled',
  '-XX:+UseTLAB',
  '-XX:+ResizeTLAB',
  '-XX:+PerfDisableSharedMem',
  '-XX:+AlwaysPreTouch',
  '-XX:+ExitOnOutOfMemoryError',
  '-XX:SharedArchiveFile=/opt/cassandra/cassandra.jsa',
  '-Xshare:auto',
];

const systemProperties = [
  '-Djdk.attach.allowAttachSelf=true',
  '-Djava.net.preferIPv4Stack=true',
  '-Djava.awt.headless=true',
  // Pods change their addresses: names are looked up again soon, and a name not there yet is asked for again at once.
  '-Dsun.net.inetaddr.ttl=5',
  '-Dsun.net.inetaddr.negative.ttl=0',
  '-Dio.netty.tryReflectionSetAccessible=true',
  '-Dio.netty.allocator.useCacheForAllThreads=true',
  '-Dio.netty.allocator.maxOrder=11',
  `-Dcassandra.config=file://${configDir}/cassandra.yaml`,
  `-Dcassandra-rackdc.properties=file://${configDir}/cassandra-rackdc.properties`,
  `-Dlogback.configurationFile=${configDir}/logback.xml`,
  `-Dcassandra.storagedir=${dataRoot}`,
  '-Dcassandra.logdir=/tmp',
  '-Dcassandra-foreground=yes',
  '-Dcassandra.jmx.local.port=7199',
];
