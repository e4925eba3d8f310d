/** Parts of specs and messages that several cases share. */

export const node = { name: 'node', roles: ['Controller', 'Broker'] };
export const kafka = (extra: object) => ({ pools: [{ ...node, ...extra }] });
export const volumes = (...all: object[]) => kafka({ storage: { volumes: all } });
export const heapMessage =
  'the heap must be smaller than the memory limit, which also holds threads, buffers and the page cache';
export const oursMessage = 'keys that begin with stateward.dev/ are those of Stateward: choose others';

export const lives = (authority: object, members: object = {}) => ({ certificates: { authority, members } });

export const keyspace = { cluster: 'demo', name: 'orders' };

export const role = (extra: object) => ({ cluster: 'demo', ...extra });
export const grant = (resource: object, permission: string) =>
  role({ grants: [{ resource, permissions: [permission] }] });
