/** The process of `kubectl stateward`. */
import { readFileSync } from 'node:fs';
import { systemClock } from '../kube/clock.ts';
import { commandTable } from './commands/index.ts';
import { dryRun } from './dry-run/index.ts';
import type { Streams } from './output.ts';
import { run } from './run.ts';

const clock = systemClock;
const random = Math.random;

function packageVersion(): string {
  const file = new URL('../../package.json', import.meta.url);
  const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version: string };
  return version;
}

function processStreams(): Streams {
  const { stdout, stderr } = process;
  return {
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    // Asked anew for each picture: windows change their size.
    get terminal() {
      return stdout.isTTY ? { columns: stdout.columns, rows: stdout.rows } : undefined;
    },
  };
}

/** A second Ctrl-C ends the process as it would end any other. */
function interrupted(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM']) process.once(name, () => controller.abort(new Error(`ended by ${name}`)));
  return controller.signal;
}

// Who reads only the beginning, as `head` does, closes the pipe: that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

const version = packageVersion();
process.exitCode = await run(process.argv.slice(2), commandTable({ version, dryRun }), {
  streams: processStreams(),
  signal: interrupted(),
  clock,
  random,
  connect: async (target) => {
    const { connect } = await import('./cluster.ts');
    return connect(target, { userAgent: `stateward-cli/${version}`, clock, random });
  },
});
