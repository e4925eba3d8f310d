/** By which CA everybody of a service knows the others, and how long certificates live: in the words of cert-manager. */
import type { z } from 'zod';
import { durationMs } from '../operators/kube/duration.ts';
import { duration, objectName } from './common.ts';
import { object, optional, type Rule, rules, text } from './lib/dialect.ts';

export type Certificates = z.infer<ReturnType<typeof certificates>>;
export type IssuerRef = z.infer<ReturnType<typeof issuerRef>>;

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

/** Issuers that do not come with cert-manager are of kinds and groups of their own. */
function issuerRef() {
  const kind = { pattern: /^[A-Z][A-Za-z0-9]*$/, says: 'must be the kind of an issuer, such as ClusterIssuer' };
  const group = {
    pattern: /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)+$/,
    says: 'must be the API group of an issuer, such as cert-manager.io',
  };
  return object({
    name: objectName().describe('The name of the issuer.'),
    kind: text({ min: 1, max: 63, ...kind })
      .prefault('Issuer')
      .describe('Its kind: Issuer, ClusterIssuer, or one of an issuer from elsewhere.'),
    group: text({ min: 3, max: 253, ...group })
      .prefault('cert-manager.io')
      .describe('The API group of its kind.'),
  });
}

const fromOnePlace: Rule<{ secretName?: string; issuerRef?: object }> = {
  cel: '!has(self.secretName) || !has(self.issuerRef)',
  message: 'a CA is either in a Secret of your own or issued by cert-manager: leave secretName or issuerRef out',
  field: 'issuerRef',
  holds: ({ secretName, issuerRef }) => secretName === undefined || issuerRef === undefined,
};

function authority() {
  const shape = object({
    secretName: optional(objectName()).describe(
      'A Secret with a CA of your own, as tls.crt and tls.key; Stateward makes one for the service alone if left out.',
    ),
    issuerRef: optional(issuerRef()).describe(
      'An issuer of cert-manager, which issues a CA for the service alone, and issues it anew before its end.',
    ),
    duration: duration()
      .prefault('26280h')
      .describe('How long a CA lives that Stateward makes or cert-manager issues.'),
    renewBefore: duration()
      .prefault('4320h')
      .describe('How long before its end it is replaced; one of your own is warned about from then on.'),
  });
  return rules(shape, longEnough(authorityHours), fromOnePlace).prefault({});
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
