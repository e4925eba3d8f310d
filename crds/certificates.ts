/** By which CA everybody of a service knows the others, and how long certificates live: in the words of cert-manager. */
import type { z } from 'zod';
import { durationMs } from '../operators/kube/duration.ts';
import { duration, objectName } from './common.ts';
import { object, optional, type Rule, rules } from './lib/dialect.ts';

export type Certificates = z.infer<ReturnType<typeof certificates>>;

interface Life {
  duration: string;
  renewBefore: string;
}

const ms = (text: string): number => durationMs(text) ?? 0;
const hourMs = 3_600_000;

/** A CA is trusted for a day before it signs, and what it has signed has to reach everybody. */
const authorityHours = 72;
const memberHours = 1;

/** Less would be renewed without an end, or too late. */
function longEnough(hours: number): Rule<Life> {
  const least = `duration('${hours}h')`;
  const [whole, before] = ['duration(self.duration)', 'duration(self.renewBefore)'];
  return {
    cel: `!has(self.duration) || !has(self.renewBefore) || (${before} >= ${least} && ${whole} - ${before} >= ${least})`,
    message: `renewBefore must be at least ${hours}h, and at least ${hours}h less than duration`,
    field: 'renewBefore',
    holds: ({ duration: whole, renewBefore }) =>
      ms(renewBefore) >= hours * hourMs && ms(whole) - ms(renewBefore) >= hours * hourMs,
  };
}

const nobodyOutlivesTheCa: Rule<{ authority: Life; members: Life }> = {
  cel:
    '!has(self.authority) || !has(self.authority.renewBefore) || !has(self.members) || !has(self.members.duration) || ' +
    'duration(self.members.duration) <= duration(self.authority.renewBefore)',
  message:
    'certificates of members would outlive the CA that has signed them: make members.duration no longer than authority.renewBefore',
  field: 'members',
  holds: ({ authority, members }) => ms(members.duration) <= ms(authority.renewBefore),
};

function authority() {
  const shape = object({
    secretName: optional(objectName()).describe(
      'A Secret with a CA of your own, as tls.crt and tls.key; Stateward makes one for the service alone if left out.',
    ),
    duration: duration().prefault('26280h').describe('How long a CA lives that Stateward makes.'),
    renewBefore: duration()
      .prefault('4320h')
      .describe('How long before its end it is replaced; one of your own is warned about from then on.'),
  });
  return rules(shape, longEnough(authorityHours)).prefault({});
}

function members() {
  const shape = object({
    duration: duration().prefault('2160h').describe('How long the certificate of a member lives.'),
    renewBefore: duration().prefault('720h').describe('How long before its end it is replaced.'),
  });
  return rules(shape, longEnough(memberHours)).prefault({});
}

export function certificates() {
  const shape = object({
    authority: authority().describe('The CA that signs the certificates of members, and of the operator.'),
    members: members().describe('The certificates of members.'),
  });
  return rules(shape, nobodyOutlivesTheCa);
}
