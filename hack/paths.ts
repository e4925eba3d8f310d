/** Where everything that is made once and kept lives. */
import { homedir } from 'node:os';
import { join } from 'node:path';

export function cacheRoot(environment: NodeJS.ProcessEnv = process.env): string {
  return environment['STATEWARD_CACHE'] ?? join(environment['HOME'] ?? homedir(), '.cache', 'stateward');
}
