/** Brokers that keep what they have and are given no new replicas (KIP-1066). */
import type { Connection } from '@platformatic/kafka';
import type { Change } from './admin.ts';
import { alterBrokerConfig } from './broker-config.ts';
import { knowsCordons } from './log-dirs.ts';

const key = 'cordoned.log.dirs';
const allDirs = '*';

export async function cordon(connection: Connection, nodeId: number, cordoned: boolean): Promise<Change> {
  // Kafka 4.2 takes any key: it would say yes, give the broker replicas as before, and obey after its upgrade.
  if (cordoned && !(await knowsCordons(connection))) {
    return { kind: 'Refused', message: 'only a broker of Kafka 4.3 or later can be cordoned' };
  }
  return alterBrokerConfig(connection, String(nodeId), new Map([[key, cordoned ? allDirs : undefined]]), false);
}
