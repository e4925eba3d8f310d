/** The accepted specs of a service, and how a user names one of them. */
import { isRecord, type JsonRecord } from '../../kube/json.ts';
import type { ControllerRevision } from '../../kube/resource.ts';
import { ownRevisions, specOf, specRevision } from '../../workload/revisions.ts';
import type { Service } from '../services.ts';
import { changedFields } from './changes.ts';

export interface Entry {
  /** The higher, the newer. */
  revision: number;
  /** Ten hex digits, as a plan shows them. */
  id: string;
  /** When it was accepted for the first time. */
  since: string | undefined;
  /** Without `control`. */
  spec: JsonRecord;
  /** It is what the service asks for now. */
  present: boolean;
  /** The fields that differ from the entry before. */
  changes: string[];
}

/** Newest first. */
export function historyOf(service: Service, revisions: readonly ControllerRevision[]): Entry[] {
  const present = specRevision(service.spec);
  const own = ownRevisions({ uid: service.metadata.uid ?? '' }, revisions).flatMap((object) => {
    const spec = specOf(object);
    return isRecord(spec) ? [{ object, spec, id: specRevision(spec) }] : [];
  });
  return own.map(({ object, spec, id }, index) => {
    const before = own[index + 1];
    const changes = before === undefined ? [] : changedFields(before.spec, spec);
    const { creationTimestamp: since } = object.metadata;
    return { revision: object.revision, id, since, spec, present: id === present, changes };
  });
}

/** By number or by id. */
export function findEntry(history: readonly Entry[], text: string): Entry | undefined {
  return history.find(({ revision }) => String(revision) === text) ?? history.find(({ id }) => id === text);
}

export function noEntry(service: Service, history: readonly Entry[], text: string): string {
  const { name } = service.metadata;
  const numbers = history.map(({ revision }) => revision).join(', ');
  const others = history.length === 0 ? 'no spec has been accepted yet' : `there are ${numbers}`;
  return `${name} has no revision ${text}; ${others}`;
}
