/** What is wrong with a spec, said so that a person can correct it. */

/** A closed set: the reason of the Stalled condition. */
export type RejectionReason =
  | 'InvalidSpec'
  | 'ConfigRefused'
  | 'MemoryTooSmall'
  | 'StorageClassNotFound'
  | 'StorageChangeRefused'
  | 'RetainedVolumes'
  | 'NameTooLong'
  | 'NameCollision'
  | 'SecretNotFound'
  | 'SecretInvalid'
  | 'CertificateNotIssued'
  | 'PlacementUnsatisfiable'
  | 'ChangeRefused';

export interface Rejection {
  reason: RejectionReason;
  /** What is wrong, where, and what to do. */
  message: string;
}

export type Parsed<Model> = { ok: true; model: Model } | { ok: false; rejections: Rejection[] };

export function reject(reason: RejectionReason, message: string): Rejection {
  return { reason, message };
}
