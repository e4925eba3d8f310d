/** Brings the disks of the cluster in line with its claims and volumes, at once after each change. */

import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createOnce, type Kube, KubeError } from '../kube.ts';
import { type Cluster, nodePaths, nodesOf, type RealNode, type Work } from '../layout.ts';
import { type Disk, type Disks, volumesIn } from './disks.ts';
import {
  bytesOf,
  type Claim,
  claimSchema,
  growthOf,
  isOurs,
  isToReclaim,
  mebibytes,
  nodeToProvision,
  sizeOf,
  type Volume,
  volumeNameOf,
  volumeObject,
  volumeSchema,
} from './model.ts';
import { Reflector } from './reflect.ts';

const volumesPath = '/api/v1/persistentvolumes';

export interface Parts {
  cluster: Cluster;
  kube: Kube;
  disks: Disks;
}

export class Provisioner {
  readonly #parts: Parts;
  readonly #work: Work;
  readonly #claims: Reflector<Claim>;
  readonly #volumes: Reflector<Volume>;
  /** One act at a time per volume name; a change meanwhile asks for another round. */
  readonly #busy = new Map<string, { again: boolean }>();

  constructor(parts: Parts, work: Work) {
    this.#parts = parts;
    this.#work = work;
    this.#claims = new Reflector(parts.kube, {
      path: '/api/v1/persistentvolumeclaims',
      schema: claimSchema,
      keyOf: volumeNameOf,
      changed: (claim) => this.#touch(volumeNameOf(claim)),
      gone: (claim) => this.#touch(volumeNameOf(claim)),
    });
    this.#volumes = new Reflector(parts.kube, {
      path: volumesPath,
      schema: volumeSchema,
      keyOf: (volume) => volume.metadata.name,
      changed: (volume) => this.#touch(volume.metadata.name),
      gone: (volume) => this.#touch(volume.metadata.name),
    });
  }

  async run(): Promise<void> {
    await Promise.all([this.#claims.run(this.#work), this.#volumes.run(this.#work)]);
  }

  #touch(name: string): void {
    const busy = this.#busy.get(name);
    if (busy !== undefined) busy.again = true;
    else void this.#settle(name);
  }

  async #settle(name: string): Promise<void> {
    const state = { again: true };
    this.#busy.set(name, state);
    while (state.again && !this.#work.signal.aborted) {
      state.again = false;
      await this.#reconcile(name).catch(async (error: unknown) => {
        this.#work.say(`${name}: ${error instanceof Error ? error.message : String(error)}`);
        state.again = true;
        await delay(500, undefined, { signal: this.#work.signal }).catch(() => {});
      });
    }
    this.#busy.delete(name);
  }

  async #reconcile(name: string): Promise<void> {
    const [claim, volume] = [this.#claims.all.get(name), this.#volumes.all.get(name)];
    const node = claim === undefined ? undefined : nodeToProvision(claim);
    if (volume === undefined && claim !== undefined && node !== undefined) return this.#provision(claim, node);
    if (volume === undefined) return claim === undefined ? this.#clean(name) : undefined;
    if (isToReclaim(volume)) return this.#reclaim(volume);
    if (claim !== undefined && isOurs(volume)) return this.#fit(claim, volume);
  }

  #node(name: string): RealNode | undefined {
    return nodesOf(this.#parts.cluster).find(({ shape }) => shape.name === name);
  }

  #disk(node: RealNode, name: string): Disk {
    return { file: join(nodePaths.disks(node), `${name}.xfs`), folder: join(nodePaths.volumes(node), name) };
  }

  async #provision(claim: Claim, nodeName: string): Promise<void> {
    const start = Date.now();
    const [name, bytes, node] = [volumeNameOf(claim), sizeOf(claim), this.#node(nodeName)];
    const disk = node === undefined ? undefined : this.#disk(node, name);
    if (disk !== undefined) await this.#parts.disks.make(disk, bytes, this.#work);
    const path = disk?.folder ?? `/simulated/${name}`;
    const object = volumeObject(claim, nodeName, path, bytes);
    const isNew = await createOnce(this.#parts.kube, volumesPath, object, this.#work);
    if (isNew) this.#work.say(`${name}: ${mebibytes(bytes)} on ${nodeName} in ${Date.now() - start} ms`);
  }

  #owner(name: string): RealNode | undefined {
    return nodesOf(this.#parts.cluster).find((node) => volumesIn(nodePaths.volumes(node)).includes(name));
  }

  async #clean(name: string): Promise<void> {
    const node = this.#owner(name);
    if (node === undefined) return;
    await this.#parts.disks.remove(this.#disk(node, name), this.#work);
    this.#work.say(`${name}: removed from ${node.shape.name}`);
  }

  async #reclaim(volume: Volume): Promise<void> {
    const { name, uid } = volume.metadata;
    await this.#clean(name);
    const options = { preconditions: { uid } };
    await this.#parts.kube.call('DELETE', `${volumesPath}/${name}`, options, this.#work).catch((error: unknown) => {
      if (!(error instanceof KubeError && error.status === 404)) throw error;
    });
  }

  /** Grows the disk to what the claim asks for, and then says so where Kubernetes looks. */
  async #fit(claim: Claim, volume: Volume): Promise<void> {
    const bytes = growthOf(claim, volume);
    if (bytes !== undefined) await this.#grow(volume, bytes);
    const size = bytes === undefined ? volume.spec.capacity.storage : mebibytes(bytes);
    const known = claim.status.capacity?.storage;
    if (known === undefined || bytesOf(known) >= bytesOf(size)) return;
    const { namespace, name } = claim.metadata;
    const status = { capacity: { storage: size }, conditions: [] };
    const path = `/api/v1/namespaces/${namespace}/persistentvolumeclaims/${name}/status`;
    await this.#parts.kube.call('PATCH', path, { status }, this.#work);
  }

  async #grow(volume: Volume, bytes: number): Promise<void> {
    const { name } = volume.metadata;
    const node = this.#owner(name);
    if (node !== undefined) await this.#parts.disks.grow(this.#disk(node, name), bytes, this.#work);
    const spec = { capacity: { storage: mebibytes(bytes) } };
    await this.#parts.kube.call('PATCH', `${volumesPath}/${name}`, { spec }, this.#work);
    this.#work.say(`${name}: grown to ${mebibytes(bytes)}`);
  }
}
