/** Which configuration cannot be written down so that Cassandra reads what was meant. */
import { isRecord } from '../../kube/json.ts';

export interface Fault {
  /** As people write it: `memtable.configurations`. */
  path: string;
  because: string;
}

/** Cassandra takes `a.b` for the field `b` of the setting `a`, and YAML takes `<<` for all fields of a value. */
export function faultsOf(config: Readonly<Record<string, unknown>>): Fault[] {
  return Object.entries(config).flatMap(([key, value]) =>
    /^[a-z][a-z0-9_]*$/.test(key)
      ? faultsIn(value, key)
      : [{ path: key, because: 'no setting of Cassandra is called so: write it as in cassandra.yaml' }],
  );
}

const notText = 'YAML cannot hold it as text: write it in other characters';

function faultsIn(value: unknown, path: string): Fault[] {
  if (typeof value === 'string') return isText(value) ? [] : [{ path, because: notText }];
  if (typeof value === 'number') return isExact(value) ? [] : [{ path, because: 'digits of it are lost: quote it' }];
  if (Array.isArray(value)) return value.flatMap((item, index) => faultsIn(item, `${path}[${index}]`));
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([key, part]) => {
    const at = `${path}.${key}`;
    return isText(key) ? faultsIn(part, at) : [{ path: at, because: notText }];
  });
}

/**
 * The printable characters of YAML 1.1, which its readers insist on, without those that end a line there and nowhere
 * else: what follows one could be taken for another setting.
 */
function isText(value: string): boolean {
  const printable = /^[\t\n\r -~\u00a0-\u2027\u202a-\ufefe\uff00-\ufffd\u{10000}-\u{10ffff}]*$/u;
  return printable.test(value) && value.isWellFormed() && value !== '<<' && value !== '=';
}

/** JSON has longer whole numbers than a program that reads it. */
function isExact(value: number): boolean {
  return !Number.isInteger(value) || Number.isSafeInteger(value);
}
