/** A log that a test can read. */
import type { Log, LogFields } from '../../kube/log.ts';

interface Line {
  message: string;
  fields: LogFields;
}

export class LogRecorder implements Log {
  readonly #lines: Line[];
  readonly #fixed: LogFields;

  constructor(fixed: LogFields = {}, lines: Line[] = []) {
    this.#fixed = fixed;
    this.#lines = lines;
  }

  debug(message: string, fields?: LogFields): void {
    this.#write('debug', message, fields);
  }

  info(message: string, fields?: LogFields): void {
    this.#write('info', message, fields);
  }

  warn(message: string, fields?: LogFields): void {
    this.#write('warn', message, fields);
  }

  error(message: string, fields?: LogFields): void {
    this.#write('error', message, fields);
  }

  child(fields: LogFields): LogRecorder {
    return new LogRecorder({ ...this.#fixed, ...fields }, this.#lines);
  }

  /** Fields, level included, of each line with this message. */
  of(message: string): LogFields[] {
    return this.#lines.filter((line) => line.message === message).map((line) => line.fields);
  }

  #write(level: string, message: string, fields: LogFields = {}): void {
    this.#lines.push({ message, fields: { level, ...this.#fixed, ...fields } });
  }
}
