/** When certificates end, as metrics: what an alert is made of. */
import { Gauge, type Registry } from 'prom-client';
import type { PlanOwner } from './plan-metrics.ts';

export interface CertificateGauge {
  /** `ca`, or the name of the member. */
  certificate: string;
  /** Milliseconds since the epoch. */
  notAfter: number;
}

export interface CertificateMetrics {
  /** Replaces all that is shown of this service; no certificates, no series. */
  show(owner: PlanOwner, certificates: readonly CertificateGauge[]): void;
}

const labelNames = ['kind', 'namespace', 'name', 'certificate'] as const;
type Labels = Record<(typeof labelNames)[number], string>;

export function certificateMetrics(registry: Registry): CertificateMetrics {
  const expiry = new Gauge({
    name: 'stateward_certificate_expiry_timestamp_seconds',
    help: 'When the certificate of a member, or the CA of its service, ends; in seconds since the epoch',
    labelNames,
    registers: [registry],
  });
  const shown = new Map<string, Labels[]>();

  const show: CertificateMetrics['show'] = (owner, certificates) => {
    const id = `${owner.kind}/${owner.namespace}/${owner.name}`;
    for (const labels of shown.get(id) ?? []) expiry.remove(labels);
    shown.delete(id);
    if (certificates.length === 0) return;
    shown.set(
      id,
      certificates.map(({ certificate }) => ({ ...owner, certificate })),
    );
    for (const { certificate, notAfter } of certificates) expiry.set({ ...owner, certificate }, notAfter / 1000);
  };
  return { show };
}
