/** A running Kafka. */
import type { Disk, Running } from './kubelet.ts';

export interface Process {
  member: Running;
  /** Where its metadata and its records are. */
  disk: Disk;
  nodeId: number;
  /** What it has open, by the names that it knows them by. */
  listeners: string[];
  broker: boolean;
  controller: boolean;
  /** Steps since its start. */
  age: number;
  /** It runs and gets nowhere. */
  stuck: boolean;
}
