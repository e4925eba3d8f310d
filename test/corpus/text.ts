/** Text that looks like other text, that a terminal shows in another way, or that ends where it should not. */
import { type Hostile, hostile, inPool, inVolume } from './hostile.ts';

/** By what they are. */
const strange: [string, string][] = [
  ['a zero', 'a\u0000b'],
  ['a line break', 'a\nb'],
  ['text that runs from right to left', 'a\u202eb'],
  ['no width', 'a\u200bb'],
  ['a letter that looks like another', 'k\u0430fka'],
  ['a letter of four bytes', 'a\ud835\udc1ab'],
  ['a byte order mark', '\ufeffa'],
  ['an escape sequence', 'a\u001b[2Jb'],
  ['an accent of its own', 'a\u0301'],
  ['a space at its end', 'a '],
  ['capital letters', 'KAFKA'],
  ['a path', '../a'],
  ['another namespace', 'other/a'],
  ['a command', 'a;touch /tmp/x'],
  ['a substitution', '$(id)'],
  ['quotes', 'a"\'`'],
];

const restart = { service: { kind: 'KafkaCluster', name: 'demo' }, type: 'Restart' };

export const text: readonly Hostile[] = strange.flatMap(([what, value]) => [
  ...hostile('KafkaCluster', 'ApiServer', [
    [`${what} in the name of a pool`, inPool({ name: value }), 'spec.pools[0].name'],
    [`${what} in the name of a volume`, inVolume({ name: value }), 'spec.pools[0].storage.volumes[0].name'],
    [`${what} in the name of a listener`, { listeners: [{ name: value, port: 9093 }] }, 'spec.listeners[0].name'],
    [
      `${what} in the name of a super user`,
      { authorization: { superUsers: [value] } },
      'spec.authorization.superUsers[0]',
    ],
  ]),
  ...hostile('CassandraCluster', 'ApiServer', [
    [`${what} in the name of a rack`, { racks: [{ name: value }] }, 'spec.racks[0].name'],
    [`${what} in the name of a Secret`, { superuserSecretName: value }, 'spec.superuserSecretName'],
  ]),
  ...hostile('KafkaUser', 'ApiServer', [
    [`${what} in the name of a cluster`, { cluster: value }, 'spec.cluster'],
    [
      `${what} in an address`,
      { cluster: 'demo', acls: [{ resource: { type: 'Cluster' }, operations: ['All'], host: value }] },
      'spec.acls[0].host',
    ],
    [
      `${what} in the name of a Secret`,
      { cluster: 'demo', authentication: { passwordFrom: { name: value } } },
      'spec.authentication.passwordFrom.name',
    ],
  ]),
  ...hostile('ServiceOperation', 'ApiServer', [
    [
      `${what} in the name of a service`,
      { ...restart, service: { kind: 'KafkaCluster', name: value } },
      'spec.service.name',
    ],
    [`${what} in the name of a member`, { ...restart, members: [value] }, 'spec.members[0]'],
  ]),
  ...hostile(
    'CassandraKeyspace',
    'ApiServer',
    value === 'KAFKA' ? [] : [[`${what} in the name of a keyspace`, { cluster: 'ring', name: value }, 'spec.name']],
  ),
  ...hostile(
    'KafkaTopic',
    'ApiServer',
    value === 'KAFKA' ? [] : [[`${what} in the name of a topic`, { cluster: 'demo', name: value }, 'spec.name']],
  ),
]);
