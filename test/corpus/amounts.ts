/** Quantities, durations and schedules. */
import { type Hostile, hostile, inPool, inVolume } from './hostile.ts';

const inWindow = (window: object): object => ({
  updates: { windows: [{ schedule: '0 3 * * *', duration: '1h', ...window }] },
});
const size = 'spec.pools[0].storage.volumes[0].size';
const window = 'spec.updates.windows[0]';

export const amounts: readonly Hostile[] = [
  ...hostile('KafkaCluster', 'ApiServer', [
    ['a size with an exponent', inVolume({ size: '1e30' }), size],
    ['a size below zero', inVolume({ size: '-1Gi' }), size],
    ['a size of sixteen digits', inVolume({ size: '1000000000000000Gi' }), size],
    ['a size in a unit that there is not', inVolume({ size: '1Zi' }), size],
    ['a size with a space', inVolume({ size: '1 Gi' }), size],
    ['a size in digits of another script', inVolume({ size: '\u0661Gi' }), size],
    ['a size that is a list', inVolume({ size: ['1Gi'] }), size],
    ['no size', inVolume({ size: '' }), size],
    [
      'a limit with an exponent',
      inPool({ resources: { limits: { memory: '1e9' } } }),
      'spec.pools[0].resources.limits.memory',
    ],
    [
      'a request over its limit',
      inPool({ resources: { requests: { memory: '4Gi' }, limits: { memory: '3Gi' } } }),
      'spec.pools[0].resources',
    ],
    ['a heap over its limit', inPool({ jvm: { heap: '3Gi' } }), 'spec.pools[0].jvm'],
    ['a window without end', inWindow({ duration: '999999h' }), `${window}.duration`],
    ['a window below zero', inWindow({ duration: '-1h' }), `${window}.duration`],
    ['a window with an exponent', inWindow({ duration: '1e3s' }), `${window}.duration`],
    ['a window of years', inWindow({ duration: '1y' }), `${window}.duration`],
    ['a schedule of six fields', inWindow({ schedule: '* * * * * *' }), `${window}.schedule`],
    ['a schedule of 129 characters', inWindow({ schedule: `${'0,'.repeat(61)} * * * *` }), `${window}.schedule`],
    ['a word for a schedule', inWindow({ schedule: '@reboot now' }), `${window}.schedule`],
    ['a replacement at once', { recovery: { automatic: { after: '' } } }, 'spec.recovery.automatic.after'],
  ]),
  ...hostile('KafkaCluster', 'Parse', [['a size below zero without a unit', inVolume({ size: -1 }), size]]),
  ...hostile('KafkaCluster', 'Reconcile', [
    ['a size of nothing', inVolume({ size: '0' }), 'volume data'],
    ['half a byte', inVolume({ size: '500m' }), 'volume data'],
    ['memory of nothing', inPool({ resources: { limits: { memory: '0' } } }), 'spec.pools[kafka]'],
    ['a heap of nothing', inPool({ jvm: { heap: '0' } }), 'spec.pools[kafka]'],
    ['a day that never comes', inWindow({ schedule: '0 0 30 2 *' }), `${window}.schedule`],
    ['minutes that there are not', inWindow({ schedule: '60 * * * *' }), `${window}.schedule`],
    ['a step of nothing', inWindow({ schedule: '*/0 * * * *' }), `${window}.schedule`],
    ['a range of a billion', inWindow({ schedule: '0-999999999 * * * *' }), `${window}.schedule`],
    ['an escape sequence in a schedule', inWindow({ schedule: '\u001b[2J * * * *' }), `${window}.schedule`],
    ['a window that is never open', inWindow({ duration: '0s' }), `${window}.duration`],
    ['a window of hours without a number', inWindow({ duration: '0h0m' }), `${window}.duration`],
    ['a time zone that there is not', inWindow({ timeZone: '../../etc/passwd' }), `${window}.timeZone`],
    ['the prototype for a time zone', inWindow({ timeZone: '__proto__' }), `${window}.timeZone`],
    ['a zero in a time zone', inWindow({ timeZone: 'UTC\u0000' }), `${window}.timeZone`],
  ]),
  ...hostile('CassandraCluster', 'Reconcile', [
    ['a size of nothing', { storage: { size: 0 } }, 'volume data'],
    ['a heap of nothing', { jvm: { heap: 0 } }, 'spec: a heap of 0'],
    ['memory of a byte', { resources: { limits: { memory: '1' } } }, 'spec: a memory limit of 1'],
  ]),
];
