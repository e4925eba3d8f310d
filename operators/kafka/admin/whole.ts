/** Requests about many things at once. */
import { ResponseError } from '@platformatic/kafka';

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
