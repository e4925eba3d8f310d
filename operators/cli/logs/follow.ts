/** A log that goes on: over restarts of the container, over a new pod of the same name, over a lost connection. */
import type { Context } from '../command.ts';
import { describeFailure } from '../failures.ts';
import type { LogLine } from './line.ts';
import { isPassing, isSilence, type LogQuery, openLog, type Source } from './source.ts';

const AGAIN_MS = 2000;

/** Ends only with the context's signal, by its reason. */
export async function* followLog(context: Context, source: Source, begin: LogQuery): AsyncGenerator<LogLine> {
  let last: LogLine | undefined;
  let told = false;
  for (;;) {
    try {
      for await (const line of openLog(context, source, continuing(begin, last))) {
        told = false;
        if (last !== undefined && line.time !== 0n && line.time <= last.time) continue;
        if (line.time !== 0n) last = line;
        yield line;
      }
    } catch (error) {
      if (context.signal.aborted || !isPassing(error)) throw error;
      if (isSilence(error)) continue;
      if (!told) context.out.error(`${source.pod}: ${describeFailure(error)}; still waiting`);
      told = true;
    }
    await context.clock.sleep(AGAIN_MS, context.signal);
  }
}

/** `sinceTime` counts whole seconds, so what was shown of the last one comes again. */
function continuing(begin: LogQuery, last: LogLine | undefined): LogQuery {
  return last === undefined ? { ...begin, follow: true } : { follow: true, sinceTime: last.stamp };
}
