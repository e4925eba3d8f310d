/** Errors that Kafka answers with and that somebody expects. */
import { ProtocolError, ResponseError } from '@platformatic/kafka';

/** From `org.apache.kafka.common.protocol.Errors`. */
export const errorCodes = {
  none: 0,
  unknownTopicOrPartition: 3,
  leaderNotAvailable: 5,
  notLeader: 6,
  requestTimedOut: 7,
  topicAlreadyExists: 36,
  invalidReplicationFactor: 38,
  invalidConfig: 40,
  invalidRequest: 42,
  policyViolation: 44,
  securityDisabled: 54,
  kafkaStorageError: 56,
  listenerNotFound: 72,
  preferredLeaderNotAvailable: 80,
  electionNotNeeded: 84,
  noReassignmentInProgress: 85,
  resourceNotFound: 91,
  brokerIdNotRegistered: 102,
  duplicateVoter: 126,
  voterNotFound: 127,
} as const;

export interface Refusal {
  code: number;
  message: string;
}

/** Waits for the answer. Undefined if it is no error, the error if its code is expected; any other is thrown on. */
export async function refusalOf(answer: Promise<unknown>, expected: readonly number[]): Promise<Refusal | undefined> {
  try {
    await answer;
    return undefined;
  } catch (error) {
    const refusal = error instanceof ResponseError ? firstOf(error) : undefined;
    if (refusal === undefined || !expected.includes(refusal.code)) throw error;
    return refusal;
  }
}

function firstOf(error: ResponseError): Refusal | undefined {
  const [first]: unknown[] = error.errors;
  if (!(first instanceof ProtocolError)) return undefined;
  const code: unknown = first['apiCode'];
  const own: unknown = first['serverErrorMessage'];
  if (typeof code !== 'number') return undefined;
  return { code, message: wordsOf(code, typeof own === 'string' ? own : null) };
}

/** Kafka's own words, or those of the protocol where it has none. */
export function wordsOf(code: number, message: string | null | undefined): string {
  return !message ? new ProtocolError(code).message : message;
}
