/** What goes into the images: folders that stand in for the Dockerfiles' first stages. */
import { copyFileSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { cassandraVersions } from '../../crds/cassandra-cluster.ts';
import { kafkaVersions } from '../../crds/kafka-cluster.ts';
import { keyOf, keyOfFiles } from './keys.ts';
import { bundleOperator } from './operator/bundle.ts';
import { jdk } from './prerequisites.ts';
import { command, here, inTurn, once, repository, type Workshop } from './workshop.ts';

export type Product = 'kafka' | 'cassandra';

/** Maven's local repository is no place for two writers. */
const mavenTurn = inTurn();

/** `libs/` with the jars of one version. */
export async function jars(workshop: Workshop, product: Product, version: string): Promise<string> {
  const key = keyOfFiles(here, [`${product}/pom.xml`]);
  const path = join(workshop.cache, `jars-${product}-${version}-${key}`);
  const what = `jars of ${product} ${version}`;
  const download = async (part: string): Promise<void> => {
    const local = `-Dmaven.repo.local=${join(workshop.cache, '..', 'maven')}`;
    const settings = [`-Dproduct.version=${version}`, `-DoutputDirectory=${join(part, 'libs')}`, local];
    const goal = 'dependency:copy-dependencies';
    await command(workshop, 'mvn', ['-B', '-q', '-ntp', '-f', join(here, product, 'pom.xml'), ...settings, goal]);
    await command(workshop, 'chmod', ['-R', 'a+rX', part]);
  };
  return mavenTurn(() => once(workshop, path, what, download));
}

export function agentKey(): string {
  const folders = ['src', 'kafka', 'cassandra', 'test'];
  return keyOfFiles(
    here,
    [...folders, 'manifest.mf', 'Dockerfile'].map((name) => `agents/${name}`),
  );
}

function javaFiles(folder: string): string[] {
  const names = readdirSync(join(here, 'agents', folder), { recursive: true, encoding: 'utf8' });
  return names.filter((name) => name.endsWith('.java')).map((name) => join(here, 'agents', folder, name));
}

async function compile(workshop: Workshop, classes: string, folders: readonly string[]): Promise<void> {
  await javac(workshop, classes, folders, ['-Xlint:all']);
}

const newest: Record<Product, string> = { kafka: kafkaVersions[0], cassandra: cassandraVersions[0] };

/** Against interfaces of the product, of which nothing goes into the jar. */
async function compileFor(product: Product, workshop: Workshop, classes: string): Promise<void> {
  const libs = join(await jars(workshop, product, newest[product]), 'libs');
  // Their own classes have annotations, and their manifests name files, that are not among their jars.
  const path = [join(libs, '*'), classes].join(delimiter);
  await javac(workshop, classes, [product], ['-Xlint:all,-classfile,-path', '-cp', path]);
}

async function javac(
  workshop: Workshop,
  classes: string,
  folders: readonly string[],
  options: readonly string[],
): Promise<void> {
  // Java 17 takes the character set of the machine for that of the sources.
  const strict = [...options, '-Werror', '--release', '17', '-encoding', 'UTF-8'];
  await command(workshop, join(jdk, 'bin/javac'), [...strict, '-d', classes, ...folders.flatMap(javaFiles)]);
}

/** Compiles the agent's own checks with it and runs them. Resolves with what they print. */
export async function testAgent(workshop: Workshop, classes: string): Promise<string> {
  await compile(workshop, classes, ['src', 'test']);
  return command(workshop, join(jdk, 'bin/java'), ['-ea', '-cp', classes, 'dev.stateward.agent.AgentTest']);
}

/** `out/stateward-agent.jar`, whose checks have passed. */
export async function agent(workshop: Workshop): Promise<string> {
  return once(workshop, join(workshop.cache, `agent-${agentKey()}`), 'member agent', async (part) => {
    const [tested, classes] = [join(part, 'tested'), join(part, 'classes')];
    await testAgent(workshop, tested);
    await compile(workshop, classes, ['src']);
    await compileFor('kafka', workshop, classes);
    await compileFor('cassandra', workshop, classes);
    mkdirSync(join(part, 'out'));
    const jar = join(part, 'out/stateward-agent.jar');
    await command(workshop, join(jdk, 'bin/jar'), ['cfm', jar, join(here, 'agents/manifest.mf'), '-C', classes, '.']);
    for (const folder of [tested, classes]) rmSync(folder, { recursive: true });
  });
}

function isSource(file: string): boolean {
  return file.endsWith('.ts') && !file.endsWith('.test.ts');
}

export function sourceKey(): string {
  const sources = keyOfFiles(repository, ['operators', 'crds'], isSource);
  return keyOf(sources, keyOfFiles(here, ['operator/bundle.ts']));
}

export function modulesKey(): string {
  return keyOf(...typesAndMaps, keyOfFiles(repository, ['package.json', 'package-lock.json']));
}

/**
 * `npm install` by the lock file as it stands. `npm ci` also refuses a lock without the linter's packages for platforms
 * that the registry at hand does not carry, although none of them is installed.
 */
const pinned = ['--no-save', '--ignore-scripts', '--no-audit', '--no-fund'];

/** More than half of all files, and nothing that runs. */
const typesAndMaps = [
  '(',
  ...'-name *.d.ts -o -name *.d.mts -o -name *.d.cts -o -name *.map'.split(' '),
  ')',
  '-delete',
];

/** `app/node_modules` without what only development needs. */
export async function modules(workshop: Workshop): Promise<string> {
  return once(workshop, join(workshop.cache, `modules-${modulesKey()}`), "operator's modules", async (part) => {
    const app = join(part, 'app');
    mkdirSync(app, { recursive: true });
    for (const file of ['package.json', 'package-lock.json']) copyFileSync(join(repository, file), join(app, file));
    await command(workshop, 'npm', ['install', '--omit=dev', ...pinned], app);
    await command(workshop, 'find', [part, ...typesAndMaps]);
    await command(workshop, 'chmod', ['-R', 'a+rX', part]);
  });
}

/** `app` with the compiled operator. */
export async function dist(workshop: Workshop): Promise<string> {
  const path = join(workshop.cache, `dist-${keyOf(sourceKey(), modulesKey())}`);
  return once(workshop, path, 'operator compiled', async (part) => {
    const app = join(part, 'app');
    await bundleOperator(app);
    await command(workshop, 'chmod', ['-R', 'a+rX', part]);
  });
}
