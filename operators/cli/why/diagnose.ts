/** All checks, in the order in which a person would ask. */
import { processesStay } from './checks/crash.ts';
import { evictionsAllowed } from './checks/disruption.ts';
import { nothingHeld } from './checks/hold.ts';
import { imagesPulled } from './checks/image.ts';
import { operatorRuns } from './checks/operator.ts';
import { podsPlaced } from './checks/placement.ts';
import { plansMove } from './checks/plan.ts';
import { membersServe } from './checks/probe.ts';
import { quorumStands } from './checks/quorum.ts';
import { podsExist } from './checks/quota.ts';
import { specAccepted } from './checks/spec.ts';
import { volumesBound } from './checks/volumes.ts';
import type { Facts } from './facts.ts';
import type { Finding } from './finding.ts';

const checks: readonly ((facts: Facts) => Finding[])[] = [
  operatorRuns,
  specAccepted,
  nothingHeld,
  plansMove,
  podsExist,
  podsPlaced,
  volumesBound,
  imagesPulled,
  processesStay,
  membersServe,
  quorumStands,
  evictionsAllowed,
];

export function diagnose(facts: Facts): Finding[] {
  return checks.flatMap((check) => check(facts));
}
