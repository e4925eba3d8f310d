/** Every verb, in the order in which help and docs/cli.md tell them. */
import type { AnyCommand } from '../command.ts';
import { help, version } from './about.ts';
import { planCancel } from './cancel.ts';
import { completion } from './completion.ts';
import { configDiff, configHistory, configRollback } from './config.ts';
import { describeService } from './describe.ts';
import { type DryRunParts, planDryRun } from './dry-run.ts';
import { endpoints } from './endpoints.ts';
import { installCrds } from './install-crds.ts';
import { list } from './list.ts';
import { logs } from './logs.ts';
import { members } from './members.ts';
import {
  memberDecommission,
  memberPause,
  memberReplace,
  memberRestart,
  memberResume,
  serviceRestart,
} from './operate.ts';
import { planPause, planResume } from './pause.ts';
import { planHistory, planShow } from './plan.ts';
import { planForceComplete, planStep } from './steps.ts';
import { wait } from './wait.ts';
import { why } from './why.ts';

export interface CommandParts {
  /** Of this program. */
  version: string;
  dryRun?: DryRunParts;
}

export function commandTable({ version: number, dryRun }: CommandParts): AnyCommand[] {
  const verbs: AnyCommand[] = [
    list,
    describeService,
    members,
    endpoints,
    wait,
    why,
    logs,
    planShow,
    ...(dryRun === undefined ? [] : [planDryRun(dryRun)]),
    planPause,
    planResume,
    planStep,
    planForceComplete,
    planCancel,
    planHistory,
    memberRestart,
    memberReplace,
    memberDecommission,
    memberPause,
    memberResume,
    serviceRestart,
    configHistory,
    configDiff,
    configRollback,
    installCrds,
    completion,
    version(number),
  ];
  return [...verbs, help(verbs)];
}
