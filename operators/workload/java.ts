/** The command line of a JVM with all the jars of one folder. */
import { agentJar, configDir } from './agent.ts';

/**
 * A shell expression. The jars are named one by one, in the order of their names: a JVM uses a class data archive
 * (`-XX:SharedArchiveFile`) only with the class path that it was made with, and `*` gives the order of the file system.
 * It halves the CPU time of a start.
 */
export function classPath(jars: string): string {
  return `$(LC_ALL=C; export LC_ALL; set -- ${jars}/*.jar; IFS=:; echo "$*")`;
}

/** The names of paused members, one on each line; the host name of a member is its own. */
export const pausedFile = `${configDir}/paused`;

/** The shell replaces itself, so that java gets the signals. A paused member runs something that only says so, and ends with the pause. */
export function javaCommand(jars: string, args: string[], agentPort: number): string[] {
  const options = `paused,port=${agentPort},list=${pausedFile},member=$(uname -n)`;
  const paused = `exec java -Xmx32m -cp ${agentJar} dev.stateward.agent.Paused ${options}`;
  const script = `if grep -qxF "$(uname -n)" ${pausedFile}; then ${paused}; fi; cp=${classPath(jars)}; exec java -cp "$cp" "$@"`;
  return ['sh', '-c', script, 'java', ...args];
}
