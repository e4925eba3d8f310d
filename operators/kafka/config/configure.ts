/** Pure: the settings that are in force without a restart, and what is to be changed of them. */

import type { KafkaClusterStatus } from '../../../crds/kafka-cluster.ts';
import type { Progress, StepDraft } from '../../plan/plan.ts';
import type { Facts } from '../../workload/facts.ts';
import { shownStep } from '../../workload/restart.ts';
import type { DynamicConfig } from '../observe.ts';
import type { KafkaSpecModel } from '../spec.ts';
import { isDynamic, nextStep } from './dynamic.ts';
import { defaultInSync } from './server-properties.ts';

/** Set, or with undefined take back, settings of all brokers together. */
export interface AlterConfig {
  kind: 'AlterConfig';
  changes: ReadonlyMap<string, string | undefined>;
}

/** What the user sets of it, and what Kafka always has set (KIP-966): in its file it would count for nothing. */
export function wantedConfig(model: KafkaSpecModel): Map<string, string> {
  const { spec, version } = model;
  const always = { 'min.insync.replicas': String(defaultInSync(model)) };
  return new Map(Object.entries({ ...always, ...spec.config }).filter(([key]) => isDynamic(version, key)));
}

/**
 * The keys that are ours to take back: what somebody else has set (a throttle of a reassignment, say) stays. Written to
 * status before anything is set, so that a crash forgets none.
 */
export function ownedKeys(
  wanted: ReadonlyMap<string, string>,
  present: DynamicConfig | undefined,
  recorded: readonly string[],
): string[] {
  const left = recorded.filter((key) => present === undefined || present.values.has(key));
  return [...new Set([...wanted.keys(), ...left])].sort();
}

/** Empty once everything is as wanted. Thread counts go in steps that Kafka takes. */
export function configChanges(
  wanted: ReadonlyMap<string, string>,
  present: ReadonlyMap<string, string>,
  recorded: readonly string[],
): Map<string, string | undefined> {
  const changes = new Map<string, string | undefined>();
  for (const [key, value] of wanted) {
    const now = present.get(key);
    if (now !== value) changes.set(key, nextStep(key, now, value));
  }
  for (const key of recorded) {
    const now = present.get(key);
    if (!wanted.has(key) && now !== undefined) changes.set(key, nextStep(key, now, undefined));
  }
  return changes;
}

/** Where the plan has the step. */
export const clusterPhase = 'cluster';
const stepName = 'config:[apply]';

export function configStep(
  model: KafkaSpecModel,
  present: DynamicConfig | undefined,
  facts: Facts<KafkaClusterStatus>,
): StepDraft<AlterConfig>[] {
  const wanted = wantedConfig(model);
  const recorded = facts.status.dynamicConfig ?? [];
  return [
    {
      name: stepName,
      reason: 'SpecChanged',
      progress: present === undefined ? unanswered(facts) : configProgress(wanted, present, recorded),
    },
  ];
}

/** What was set for this spec stays set, also while nobody says so: a moment of silence is no deployment. */
function unanswered({ status, revision }: Facts<KafkaClusterStatus>): Progress<AlterConfig> {
  const record = status.plans?.find(({ name }) => name === 'deploy');
  const done = shownStep(record, clusterPhase, stepName)?.status === 'Complete';
  if (done && record?.revision === revision) return { kind: 'Complete' };
  return { kind: 'InProgress', message: 'no broker answers what is set now' };
}

function configProgress(
  wanted: ReadonlyMap<string, string>,
  present: DynamicConfig,
  recorded: readonly string[],
): Progress<AlterConfig> {
  const changes = configChanges(wanted, present.values, recorded);
  if (changes.size === 0) return { kind: 'Complete' };
  if (present.refusal !== undefined) return { kind: 'Error', message: `Kafka refuses spec.config: ${present.refusal}` };
  const told = [...changes].map(([key, value]) =>
    value === undefined ? `${key} back to its default` : `${key}=${value}`,
  );
  return {
    kind: 'Due',
    action: { kind: 'AlterConfig', changes },
    message: `sets without a restart: ${told.join(', ')}`,
  };
}
