/** Runs a start script of a member by `sh`, with the absolute paths of a container moved below a temporary folder. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export interface Finished {
  code: number | null;
  output: string;
}

export class ScriptRoot {
  readonly #root = mkdtempSync(join(tmpdir(), 'stateward-script-'));
  readonly #paths = ['/etc/podinfo', '/etc/stateward', '/run/stateward', '/var/lib', '/opt'];
  readonly #children = new Set<ChildProcess>();

  constructor() {
    for (const path of [...this.#paths, '/bin']) mkdirSync(join(this.#root, path), { recursive: true });
  }

  write(path: string, text: string): void {
    mkdirSync(dirname(join(this.#root, path)), { recursive: true });
    writeFileSync(join(this.#root, path), text);
  }

  /** Undefined where there is no such file. */
  read(path: string): string | undefined {
    const file = join(this.#root, path);
    return existsSync(file) ? readFileSync(file, 'utf8').replaceAll(this.#root, '') : undefined;
  }

  /** The same text with every path moved. */
  moved(script: string): string {
    return this.#paths.reduce((text, path) => text.replaceAll(path, join(this.#root, path)), script);
  }

  /** A command that says its arguments, one a line, in `/<name>.log`. */
  fake(command: string): void {
    const file = join(this.#root, 'bin', command);
    writeFileSync(file, `#!/bin/sh\nprintf '%s\\n' "$@" > '${this.#root}/${command}.log'\n`);
    chmodSync(file, 0o755);
  }

  /** Calls `onOutput` with everything said so far, each time that more is said. */
  async run(script: string, onOutput: (output: string) => void = () => {}): Promise<Finished> {
    const env = { NODE_ID: '0', PATH: `${join(this.#root, 'bin')}:${process.env['PATH']}` };
    const child = spawn('sh', ['-c', this.moved(script)], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#children.add(child);
    let output = '';
    const take = (chunk: Buffer): void => {
      output += chunk.toString();
      onOutput(output);
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    await once(child, 'close');
    this.#children.delete(child);
    return { code: child.exitCode, output: output.replaceAll(this.#root, '') };
  }

  remove(): void {
    for (const child of this.#children) child.kill('SIGKILL');
    rmSync(this.#root, { recursive: true, force: true });
  }
}
