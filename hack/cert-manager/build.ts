/** Builds cert-manager's controllers from its Go module, for tests of what it issues; once per set of versions. */
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { type BuildOptions, ensurePrograms, type GoPrograms, go } from '../go.ts';

const module = 'github.com/cert-manager/cert-manager';
const moduleFolder = import.meta.dirname;

const programs: GoPrograms = {
  name: 'cert-manager',
  title: 'cert-manager',
  takes: 'about 3 minutes on two cores',
  folder: moduleFolder,
  sources: ['go.mod', 'go.sum', 'main.go'],
  packages: ['.'],
  linkerFlags: '-s -w',
  finish: copyDefinitions,
};

export interface CertManager {
  program: string;
  /** Folder of the CRDs. */
  definitions: string;
}

/** Its CRDs come as files of its module. */
async function copyDefinitions(target: string, options: BuildOptions): Promise<void> {
  const folder = (await go(['list', '-m', '-f', '{{.Dir}}', module], moduleFolder, options)).trim();
  cpSync(join(folder, 'deploy', 'crds'), join(target, 'crds'), { recursive: true });
}

/** Builds it if this set of versions was never built. */
export async function ensureCertManager(options: BuildOptions): Promise<CertManager> {
  const target = await ensurePrograms(programs, options);
  return { program: join(target, 'cert-manager'), definitions: join(target, 'crds') };
}
