/** The public base images' stand-ins, made from the distribution's packages and known under the public names. */
import { copyFileSync, existsSync, mkdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { keyOf, keyOfFiles } from './keys.ts';
import { jdk } from './prerequisites.ts';
import { bud, buildah, command, here, lazily, once, type Workshop } from './workshop.ts';

export const nodeVersion = '24.21.0';
const suite = 'bookworm';
const names = {
  debian: 'docker.io/library/debian:bookworm-slim',
  jre: 'docker.io/library/eclipse-temurin:17-jre',
  node: 'docker.io/library/node:24-bookworm-slim',
};

/** All of Java SE, and what Kafka and Cassandra use beyond it. */
const modules = [
  'java.se,jdk.attach,jdk.crypto.ec,jdk.httpserver,jdk.jfr,jdk.localedata,jdk.management,jdk.management.agent',
  'jdk.naming.dns,jdk.net,jdk.nio.mapmode,jdk.security.auth,jdk.unsupported,jdk.zipfs',
].join(',');

/** Documentation, translations, package lists and device nodes: nothing that a program here reads. */
const unneeded = [
  'usr/share/doc',
  'usr/share/info',
  'usr/share/locale',
  'usr/share/man',
  'var/cache/apt',
  'var/cache/debconf',
  'var/lib/apt/lists',
  'var/log',
  'dev',
];

export function javaKey(): string {
  const release = existsSync(join(jdk, 'release')) ? readFileSync(join(jdk, 'release'), 'utf8') : '';
  return keyOf(suite, release, modules, keyOfFiles(here, ['base/debian', 'base/jre']));
}

export function nodeKey(): string {
  return keyOf(suite, nodeVersion, keyOfFiles(here, ['base/debian', 'base/node']));
}

/** The archive that this machine itself installs from; debootstrap's own choice where there is none. */
async function mirror(workshop: Workshop): Promise<string[]> {
  const sites = await command(workshop, 'apt-get', ['indextargets', '--format', '$(SITE)', `Codename: ${suite}`]);
  return sites.split('\n').filter(Boolean).slice(0, 1);
}

async function debianTree(workshop: Workshop): Promise<string> {
  return once(workshop, join(workshop.cache, `debian-${keyOf(suite, ...unneeded)}`), 'Debian base', async (part) => {
    const args = ['--variant=minbase', suite, part, ...(await mirror(workshop))];
    await command(workshop, 'debootstrap', args);
    for (const path of unneeded) {
      rmSync(join(part, path), { recursive: true, force: true });
      mkdirSync(join(part, path), { recursive: true });
    }
  });
}

/** Its class data archive makes every later start of a JVM faster. */
async function javaTree(workshop: Workshop): Promise<string> {
  return once(workshop, join(workshop.cache, `jre-${javaKey()}`), 'Java runtime', async (part) => {
    const plain = ['--no-header-files', '--no-man-pages', '--include-locales=en'];
    const args = ['--module-path', join(jdk, 'jmods'), '--add-modules', modules, ...plain, '--output', part];
    await command(workshop, join(jdk, 'bin/jlink'), args);
    await command(workshop, join(part, 'bin/java'), ['-Xshare:dump']);
  });
}

/** Node as the package registry has it: one binary, the same on any host. */
async function nodeTree(workshop: Workshop): Promise<string> {
  const name = `node-linux-${process.arch}`;
  const kept = join(workshop.cache, '..', `node-${nodeVersion}`, 'node_modules', name, 'bin', 'node');
  return once(workshop, join(workshop.cache, `node-${nodeVersion}`), `Node ${nodeVersion}`, async (part) => {
    mkdirSync(part, { recursive: true });
    if (!existsSync(kept)) {
      await command(workshop, 'npm', ['install', '--no-save', '--prefix', part, `${name}@${nodeVersion}`]);
    }
    const binary = existsSync(kept) ? kept : join(part, 'node_modules', name, 'bin', 'node');
    copyFileSync(realpathSync(binary), join(part, 'node'));
    rmSync(join(part, 'node_modules'), { recursive: true, force: true });
  });
}

async function present(workshop: Workshop, name: string, key: string): Promise<boolean> {
  const format = ['--format', '{{.Name}}:{{.Tag}}'];
  const images = await buildah(workshop, 'images', ...format);
  return images.split('\n').includes(name) && existsSync(marker(workshop, name, key));
}

function marker(workshop: Workshop, name: string, key: string): string {
  return join(workshop.cache, `base-${name.replaceAll(/\W+/g, '-')}-${key}`);
}

async function base(workshop: Workshop, kind: keyof typeof names, key: string, tree: string): Promise<string> {
  const name = names[kind];
  if (await present(workshop, name, key)) return name;
  await bud(workshop, { name, dockerfile: join(here, 'base', kind, 'Dockerfile'), context: tree });
  mkdirSync(marker(workshop, name, key), { recursive: true });
  return name;
}

export interface Bases {
  debian: () => Promise<string>;
  jre: () => Promise<string>;
  node: () => Promise<string>;
}

/** Trees are made side by side; images one after another, each on the Debian layer that all share. */
export function bases(workshop: Workshop): Bases {
  const debian = lazily(async () => {
    const key = keyOf(suite, keyOfFiles(here, ['base/debian']));
    return base(workshop, 'debian', key, await debianTree(workshop));
  });
  const jre = lazily(async () => {
    const [tree] = await Promise.all([javaTree(workshop), debian()]);
    return base(workshop, 'jre', javaKey(), tree);
  });
  const node = lazily(async () => {
    const [tree] = await Promise.all([nodeTree(workshop), debian()]);
    return base(workshop, 'node', nodeKey(), tree);
  });
  return { debian, jre, node };
}
