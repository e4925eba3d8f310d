/** Label selectors of the simple kind (`a=b,c!=d,e,!f`), decided here for objects that a write returned. */
export type LabelTest = (labels: Record<string, string>) => boolean;

const REQUIREMENT = /^(?<not>!?)(?<key>[\w./-]+)(?:(?<operator>!=|==?)(?<value>[\w.-]*))?$/;

/** Throws on set-based requirements (`in`, `notin`), which nothing here uses. */
export function parseSelector(selector: string | undefined): LabelTest {
  const tests = (selector ?? '')
    .split(',')
    .filter((part) => part.trim() !== '')
    .map(parseRequirement);
  return (labels) => tests.every((test) => test(labels));
}

function parseRequirement(text: string): LabelTest {
  const parts = REQUIREMENT.exec(text.trim())?.groups;
  const key = parts?.['key'];
  if (parts === undefined || key === undefined) throw new Error(`Unsupported label selector: ${text}`);
  const { operator, value } = parts;
  if (operator === undefined) return (labels) => Object.hasOwn(labels, key) === (parts['not'] === '');
  return (labels) => (labels[key] === value) === (operator !== '!=');
}
