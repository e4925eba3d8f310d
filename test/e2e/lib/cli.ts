/** `kubectl stateward`, as its user runs it. */
import { fileURLToPath } from 'node:url';
import { run } from '../../../hack/run.ts';
import { cluster } from './cluster.ts';
import type { Place } from './place.ts';

const program = fileURLToPath(new URL('../../../bin/kubectl-stateward', import.meta.url));

/** Answers what it prints; rejects where it exits with another status than 0. */
export function stateward(
  { namespace, signal }: Place,
  args: string[],
  timeoutMs = 600_000,
  input = '',
): Promise<string> {
  const target = ['--kubeconfig', cluster.kubeconfig, '-n', namespace];
  return run(process.execPath, [program, ...args, ...target], { signal, timeoutMs, input });
}

/** What `why` finds, also where something of it fails: then it exits with 1. */
export function why({ namespace, signal }: Place, service: string): Promise<string> {
  const args = [program, 'why', service, '--kubeconfig', cluster.kubeconfig, '-n', namespace];
  return run('sh', ['-c', '"$@" || test $? -eq 1', 'why', process.execPath, ...args], { signal });
}
