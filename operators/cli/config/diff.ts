/** The difference of two specs, line by line as `diff -u` writes it. */
import { createTwoFilesPatch, FILE_HEADERS_ONLY } from 'diff';
import { stringify } from 'yaml';

export interface Side {
  name: string;
  spec: unknown;
}

/** Empty where they say the same: the order of keys does not count. */
export function specDiff(before: Side, after: Side): string[] {
  const [one, other] = [yamlOf(before.spec), yamlOf(after.spec)];
  if (one === other) return [];
  const options = { context: 3, headerOptions: FILE_HEADERS_ONLY };
  return createTwoFilesPatch(before.name, after.name, one, other, '', '', options).trimEnd().split('\n');
}

function yamlOf(spec: unknown): string {
  return stringify({ spec: spec ?? {} }, { sortMapEntries: true, lineWidth: 0, aliasDuplicateObjects: false });
}
