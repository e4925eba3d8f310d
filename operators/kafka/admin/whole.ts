/** Requests about many things at once. */
import { ResponseError } from '@platformatic/kafka';
import { errorCodes } from './refusal.ts';

export function inParts<T>(items: readonly T[], size: number): T[][] {
  const count = Math.ceil(items.length / size);
  return Array.from({ length: count }, (_, index) => items.slice(index * size, (index + 1) * size));
}

/** The library throws where one of many is refused; the answer is about each. */
export async function whole<Response>(answer: Promise<Response>): Promise<Response> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ResponseError && error['response'] !== undefined) return error['response'] as Response;
    throw error;
  }
}

/** What is said of one of many. */
export interface Result {
  name?: string | null | undefined;
  errorCode: number;
  errorMessage?: string | null | undefined;
}

/**
 * The controller makes no topic at all where they come to more than 10,000 partitions, or records, together
 * (`ReplicationControlManager`). What that is it alone knows: what is too much at once is asked for in two halves, down
 * to the one that is too much by itself.
 */
export async function inHalves<Item, Answer extends Result>(
  items: readonly Item[],
  ask: (items: readonly Item[]) => Promise<readonly Answer[]>,
): Promise<readonly Answer[]> {
  const results = await ask(items);
  if (items.length < 2 || !results.some(isTooMuch)) return results;
  const middle = Math.ceil(items.length / 2);
  return [...(await inHalves(items.slice(0, middle), ask)), ...(await inHalves(items.slice(middle), ask))];
}

/** Other policies are those of the cluster, and about one topic each. */
function isTooMuch({ errorCode, errorMessage }: Result): boolean {
  return errorCode === errorCodes.policyViolation && errorMessage?.includes('xcessively large') === true;
}
