/** Pure: `spec.authentication` and `spec.auditLog` in the words of cassandra.yaml. */
import type { AuditLog, Authentication } from '../../../crds/cassandra-settings.ts';
import { trustFile } from '../../workload/certificates/files.ts';

const caches = ['roles', 'permissions', 'credentials'] as const;

/** With those by which Cassandra still knows them: it refuses to start with both. */
export const cacheKeys: readonly string[] = caches.flatMap((name) =>
  [`${name}_validity`, `${name}_update_interval`].flatMap((key) => [key, `${key}_in_ms`]),
);

export function authenticationSettings({ mode, caches: wanted = {} }: Authentication): Record<string, unknown> {
  const times = caches.flatMap((name) => {
    const { validity, updateInterval } = wanted[name] ?? {};
    return [
      ...(validity === undefined ? [] : [[`${name}_validity`, validity]]),
      ...(updateInterval === undefined ? [] : [[`${name}_update_interval`, updateInterval]]),
    ];
  });
  return { authenticator: authenticator(mode), ...Object.fromEntries(times) };
}

function authenticator(mode: Authentication['mode']): unknown {
  switch (mode) {
    case 'Password':
      return 'PasswordAuthenticator';
    // Whether somebody may come without a certificate is the TLS layer's business (see certificates.ts).
    case 'PasswordOrTls':
    case 'MutualTls':
      return { class_name: 'dev.stateward.cassandra.ClientAuthenticator', parameters: certificateParameters };
    default:
      return mode satisfies never;
  }
}

/** Whose identity a certificate has, and which CAs have signed those of the operator. */
const certificateParameters = {
  validator_class_name: 'org.apache.cassandra.auth.SpiffeCertificateValidator',
  operator_authorities: trustFile,
};

/** To the log of the member, which is the one place to look; Cassandra itself puts stars in place of passwords. */
export function auditSettings(wish: AuditLog | undefined): Record<string, unknown> {
  if (wish === undefined) return {};
  const lists = {
    included_categories: wish.categories.map((category) => category.toUpperCase()),
    included_keyspaces: wish.includedKeyspaces,
    excluded_keyspaces: wish.excludedKeyspaces,
    included_users: wish.includedUsers,
    excluded_users: wish.excludedUsers,
  };
  const filters = Object.entries(lists).flatMap(([key, names]) =>
    names === undefined ? [] : [[key, names.join(',')]],
  );
  const logger = [{ class_name: 'FileAuditLogger' }];
  return { audit_logging_options: { enabled: true, logger, ...Object.fromEntries(filters) } };
}
