/** Pure: what cert-manager is asked for, and what it says (https://cert-manager.io/docs/reference/api-docs/). */
import type { IssuerRef } from '../../../crds/certificates.ts';
import type { KubeObject, Resource, Secret } from '../../kube/resource.ts';
import { ownedMeta, productOf, type ServiceIdentity } from '../identity.ts';
import type { Life } from './policy.ts';
import { certificateNames } from './secrets.ts';

export const certManagerGroup = 'cert-manager.io';

interface Condition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
}

/** Whatever else there is in it is cert-manager's business. */
export interface IssuedObject extends KubeObject {
  status?: { revision?: number; conditions?: Condition[] };
}

export interface CertificateObject extends IssuedObject {
  spec: {
    secretName: string;
    commonName: string;
    isCA: true;
    usages: string[];
    duration: string;
    renewBefore: string;
    privateKey: { algorithm: string; size: number; encoding: string; rotationPolicy: string };
    issuerRef: IssuerRef;
  };
}

function resourceOf<T extends KubeObject>(kind: string, plural: string): Resource<T> {
  return { group: certManagerGroup, version: 'v1', kind, plural, namespaced: true };
}

export const certificates = resourceOf<CertificateObject>('Certificate', 'certificates');
export const certificateRequests = resourceOf<IssuedObject>('CertificateRequest', 'certificaterequests');

/** Longest common name (RFC 5280, ub-common-name). */
const longestName = 64;

/** A CA for this service alone: whoever else has a certificate of the issuer is nobody to its members. */
export function certificateFor(service: ServiceIdentity, issuer: IssuerRef, life: Life): CertificateObject {
  const name = certificateNames.issued(service);
  return {
    apiVersion: `${certManagerGroup}/v1`,
    kind: certificates.kind,
    metadata: ownedMeta(service, name),
    spec: {
      secretName: name,
      // Another one than that of a CA that Stateward makes, by which that is known (see wanted.ts).
      commonName: `${service.name}-${productOf(service.kind)}.${service.namespace}`.slice(0, longestName),
      isCA: true,
      usages: ['cert sign', 'crl sign'],
      duration: durationText(life.durationMs),
      renewBefore: durationText(life.renewBeforeMs),
      // Another key is another CA, which takes the place of the former by the same steps as any other.
      privateKey: { algorithm: 'ECDSA', size: 256, encoding: 'PKCS8', rotationPolicy: 'Always' },
      issuerRef: { name: issuer.name, kind: issuer.kind, group: issuer.group },
    },
  };
}

/** As Go writes it, so that nobody has to write it another way. */
function durationText(ms: number): string {
  const seconds = Math.floor(ms / 1_000);
  return `${Math.floor(seconds / 3_600)}h${Math.floor(seconds / 60) % 60}m${seconds % 60}s`;
}

/** Whether a Secret is the one that this Certificate has written, whoever issued it. */
export function isWrittenFor({ metadata }: Secret, certificate: string): boolean {
  return metadata.annotations?.[`${certManagerGroup}/certificate-name`] === certificate;
}

/** What is left of a former issuer is not what is asked for. */
export function isIssuedBy({ metadata: { annotations = {} } }: Secret, { name, kind, group }: IssuerRef): boolean {
  const said = ['name', 'kind', 'group'].map((part) => annotations[`${certManagerGroup}/issuer-${part}`]);
  return said[0] === name && said[1] === kind && said[2] === group;
}

/** The request that is open; cert-manager gives it another name where that of the Certificate is very long. */
export function requestOf({ metadata: { name }, status }: CertificateObject): string {
  return `${name}-${(status?.revision ?? 0) + 1}`;
}

/** The last word on why there is no certificate: that of the request, which the issuer answers, before its own. */
export function wordOf(certificate: CertificateObject, request: IssuedObject | undefined): string {
  const found = [
    conditionOf(request, 'Denied', 'True'),
    conditionOf(request, 'InvalidRequest', 'True'),
    conditionOf(request, 'Ready', 'False'),
    conditionOf(certificate, 'Issuing', 'False'),
    conditionOf(certificate, 'Ready', 'False'),
  ].find((condition) => condition?.message);
  const said = found?.message?.replace(/\s+/g, ' ').trim();
  return said === undefined ? 'cert-manager has said nothing of it yet; see that it runs' : said.slice(0, 512);
}

function conditionOf(object: IssuedObject | undefined, type: string, status: string): Condition | undefined {
  return object?.status?.conditions?.find((condition) => condition.type === type && condition.status === status);
}
