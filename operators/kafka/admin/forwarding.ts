/** Whether a broker passes on what is the controllers' business (KIP-590). */
import { type Connection, TimeoutError } from '@platformatic/kafka';
import { describeCluster, endpointTypes } from './describe-cluster.ts';
import { describeQuorum } from './quorum.ts';

export async function forwards(connection: Connection): Promise<boolean> {
  // This it answers by itself: one that does not says nothing about its way to the controllers.
  await describeCluster.async(connection, endpointTypes.brokers, true);
  try {
    await describeQuorum(connection);
    return true;
  } catch (error) {
    // What it cannot pass on it keeps for a minute, longer than anybody waits here.
    if (error instanceof TimeoutError) return false;
    throw error;
  }
}
