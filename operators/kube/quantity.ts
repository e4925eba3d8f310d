/** Kubernetes quantities (`1Gi`, `500m`, `2e3`) as exact whole numbers; floats would lose bytes of large disks. */

/** Billionths of the unit: the smallest step that a quantity has. */
const NANO = 1_000_000_000n;
const MILLI = 1_000_000n;
const QUANTITY =
  /^(?<sign>[+-]?)(?<whole>\d*)(?:\.(?<part>\d*))?(?:(?<suffix>[KMGTPE]i|[numkMGTPE])|[eE](?<exponent>[+-]?\d{1,3}))?$/;
const BINARY = ['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
const DECIMAL_EXPONENT: Record<string, number> = { n: -9, u: -6, m: -3, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };

/** In billionths, rounded away from zero as the API server does; `undefined` where the text is no quantity. */
export function parseQuantity(text: string | number): bigint | undefined {
  const parts = QUANTITY.exec(String(text))?.groups;
  if (parts === undefined) return undefined;
  const { sign, whole = '', part = '', suffix = '', exponent = '0' } = parts;
  if (whole === '' && part === '') return undefined;
  const digits = BigInt(`${whole}${part}` || '0');
  const power = Number(exponent) + (DECIMAL_EXPONENT[suffix] ?? 0) - part.length + 9;
  const size = scaled(digits * binaryFactor(suffix), power);
  return sign === '-' ? -size : size;
}

function binaryFactor(suffix: string): bigint {
  return 1024n ** BigInt(BINARY.indexOf(suffix) + 1);
}

function scaled(value: bigint, power: number): bigint {
  if (power >= 0) return value * 10n ** BigInt(power);
  return ceilDivide(value, 10n ** BigInt(-power));
}

function ceilDivide(value: bigint, by: bigint): bigint {
  const down = value / by;
  return value > 0n && value % by !== 0n ? down + 1n : down;
}

/** Whole units (bytes, cores, items), rounded up. */
export function unitsOf(text: string | number): bigint | undefined {
  const nano = parseQuantity(text);
  return nano === undefined ? undefined : ceilDivide(nano, NANO);
}

/** Thousandths (millicores), rounded up. */
export function milliOf(text: string | number): bigint | undefined {
  const nano = parseQuantity(text);
  return nano === undefined ? undefined : ceilDivide(nano, MILLI);
}

export function sameQuantity(a: string | number, b: string | number): boolean {
  const left = parseQuantity(a);
  return left !== undefined && left === parseQuantity(b);
}

/** Negative, zero or positive, for sorting; `undefined` where one of the two is no quantity. */
export function compareQuantities(a: string | number, b: string | number): number | undefined {
  const left = parseQuantity(a);
  const right = parseQuantity(b);
  if (left === undefined || right === undefined) return undefined;
  return left === right ? 0 : left < right ? -1 : 1;
}

/** The shortest exact form with a binary suffix: `1Gi`, `1536Mi`, `1000`. */
export function formatBytes(bytes: bigint): string {
  let value = bytes;
  let step = 0;
  while (value !== 0n && value % 1024n === 0n && step < BINARY.length) {
    value /= 1024n;
    step += 1;
  }
  return `${value}${BINARY[step - 1] ?? ''}`;
}

/** `1500m`, or `2` for whole units. */
export function formatMilli(milli: bigint): string {
  return milli % 1000n === 0n ? `${milli / 1000n}` : `${milli}m`;
}
