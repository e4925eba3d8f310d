/** What a check has found: it is so, it is not, or nobody can say. */

/** What is looked at, in the order in which it is shown. */
export const concerns = [
  'operator',
  'spec',
  'hold',
  'plan',
  'pods',
  'placement',
  'volumes',
  'image',
  'process',
  'readiness',
  'quorum',
  'evictions',
] as const;

export type Concern = (typeof concerns)[number];

interface Said {
  concern: Concern;
  /** One line. */
  finding: string;
}

export interface Pass extends Said {
  verdict: 'Pass';
}

/** Not absent and not well: what would say so could not be read, or has not been written yet. */
export interface Unknown extends Said {
  verdict: 'Unknown';
}

export interface Fail extends Said {
  verdict: 'Fail';
  /** What to do about it. */
  fix: string;
  /** Lines, such as why each node does not do. */
  details?: string[];
}

export type Finding = Pass | Unknown | Fail;

export function pass(concern: Concern, finding: string): Pass {
  return { verdict: 'Pass', concern, finding };
}

export function unknown(concern: Concern, finding: string): Unknown {
  return { verdict: 'Unknown', concern, finding };
}

export function fail(concern: Concern, finding: string, fix: string, details: string[] = []): Fail {
  const failed: Fail = { verdict: 'Fail', concern, finding, fix };
  return details.length === 0 ? failed : { ...failed, details };
}

/** The findings, or that there is nothing to complain about. */
export function orPass(findings: Finding[], concern: Concern, finding: string): Finding[] {
  return findings.length === 0 ? [pass(concern, finding)] : findings;
}
