/** IP addresses, as Kubernetes takes them and as Java writes them. */
import { isIPv4, isIPv6 } from 'node:net';

/**
 * As Java writes it: Kafka compares texts. Undefined for what is no address; one of IPv4 that is written as one of IPv6
 * is none to Kubernetes, and Java would take it for the other.
 */
export function javaAddress(text: string): string | undefined {
  if (isIPv4(text)) return text;
  if (!isIPv6(text) || text.includes('%')) return undefined;
  const groups = groupsOf(text);
  const isIPv4Within = groups.slice(0, 6).join(':') === '0:0:0:0:0:ffff';
  return isIPv4Within ? undefined : groups.join(':');
}

/** All eight, in small letters and without zeros before them. */
function groupsOf(address: string): string[] {
  const short = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [head = [], tail = []] = short.split('::').map((part) => part.split(':').filter((group) => group !== ''));
  return [...head, ...Array<string>(8 - head.length - tail.length).fill('0'), ...tail];
}
