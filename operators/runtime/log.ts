/** Log lines as JSON, one object each, without secrets. */
import type { Writable } from 'node:stream';
import { createLogger, format, type Logger, transports } from 'winston';
import type { Clock } from '../kube/clock.ts';
import type { Log, LogFields } from '../kube/log.ts';
import { printable } from './printable.ts';

export const logLevels = ['error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof logLevels)[number];

export interface LogOptions {
  /** Less urgent lines are dropped. */
  level: LogLevel;
  stream: Writable;
  clock: Clock;
}

export function createLog({ level, stream, clock }: LogOptions): Log {
  const line = format.printf((info) => {
    const head = { timestamp: new Date(clock.now()).toISOString(), level: info.level, message: info.message };
    // Twice: the head comes first in the line, and no field of the same name hides it.
    return JSON.stringify({ ...head, ...Object(info['fields']), ...head });
  });
  return leveled(createLogger({ level, format: line, transports: [new transports.Stream({ stream })] }), {});
}

function leveled(logger: Logger, fixed: LogFields): Log {
  const write = (level: LogLevel) => (message: string, fields?: LogFields) => {
    if (!logger.isLevelEnabled(level)) return;
    logger.log({ level, message: String(printable(message)), fields: printable({ ...fixed, ...fields }) });
  };
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: (fields) => leveled(logger, { ...fixed, ...fields }),
  };
}
