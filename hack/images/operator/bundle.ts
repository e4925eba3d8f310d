/**
 * The JavaScript of the image: `node hack/images/operator/bundle.ts FOLDER`. One file for each program, with what it uses
 * of the Kubernetes client in it: all of that library is thousands of classes, which would stay in the operator's memory
 * (20 MiB). The other packages are loaded as they are.
 */
import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

const repository = join(import.meta.dirname, '..', '..', '..');
const bundled = '@kubernetes/client-node';

export async function bundleOperator(folder: string): Promise<void> {
  const { dependencies } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  await build({
    absWorkingDir: repository,
    entryPoints: ['operators/main.ts', 'operators/cli/main.ts'],
    outbase: '.',
    outdir: folder,
    bundle: true,
    external: Object.keys(dependencies).filter((name) => name !== bundled),
    platform: 'node',
    format: 'esm',
    target: 'node24',
    // What is in CommonJS asks for modules of Node by `require`.
    banner: {
      js: "import { createRequire as createBundleRequire } from 'node:module'; const require = createBundleRequire(import.meta.url);",
    },
    legalComments: 'inline',
    logLevel: 'error',
  });
  cpSync(join(repository, 'package.json'), join(folder, 'package.json'));
}

const [, script, folder] = process.argv;
if (script === import.meta.filename && folder !== undefined) await bundleOperator(folder);
