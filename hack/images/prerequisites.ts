/** Tools that a build needs from the distribution. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { command, type Workshop } from './workshop.ts';

interface Tool {
  binary: string;
  package: string;
}

const tools: readonly Tool[] = [
  { binary: 'buildah', package: 'buildah' },
  { binary: 'debootstrap', package: 'debootstrap' },
  { binary: 'jlink', package: 'openjdk-17-jdk-headless' },
  { binary: 'mvn', package: 'maven' },
];

const folders = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/** The JDK that the images' runtime is linked from; not the one that may happen to be first on PATH. */
export const jdk = `/usr/lib/jvm/java-17-openjdk-${process.arch === 'arm64' ? 'arm64' : 'amd64'}`;

function present(tool: Tool): boolean {
  if (tool.binary === 'jlink') return existsSync(join(jdk, 'bin/jlink')) && existsSync(join(jdk, 'jmods'));
  return folders.some((folder) => existsSync(join(folder, tool.binary)));
}

function missingError(packages: readonly string[]): Error {
  return new Error(`missing: ${packages.join(', ')}. Install with: sudo apt-get install -y ${packages.join(' ')}`);
}

/** Installs what is missing where that is allowed, else names the command that does. */
export async function prerequisites(workshop: Workshop): Promise<void> {
  const packages = tools.filter((tool) => !present(tool)).map((tool) => tool.package);
  if (packages.length === 0) return;
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) throw missingError(packages);
  workshop.say(`installing with apt-get: ${packages.join(', ')} …`);
  await command(workshop, 'apt-get', ['update', '-qq']);
  await command(workshop, 'apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages]);
  workshop.say('installed');
}
