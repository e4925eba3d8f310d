/** The statuses of plans, phases and steps, and how a parent's follows from its children's. */

export const statuses = ['Pending', 'Waiting', 'Starting', 'InProgress', 'Complete', 'Error'] as const;

export type Status = (typeof statuses)[number];

/**
 * A parent's status, first match wins, after DC/OS (dcos-commons `PlanUtils.getAggregateStatus`), with fewer statuses: what
 * DC/OS called PREPARED and STARTED are our Starting and InProgress. No children means nothing is left to do.
 */
export function aggregate(children: readonly Status[]): Status {
  const some = (status: Status): boolean => children.includes(status);
  if (some('Error')) return 'Error';
  if (children.every((status) => status === 'Complete')) return 'Complete';
  if (some('InProgress')) return 'InProgress';
  if (some('Starting')) return some('Complete') ? 'InProgress' : 'Starting';
  if (some('Waiting')) return 'Waiting';
  return some('Complete') ? 'InProgress' : 'Pending';
}
