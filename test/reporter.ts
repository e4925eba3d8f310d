/** The usual output of mocha, the slowest files, and the numbers as JSON in the file that STATEWARD_TEST_RESULT names. */
import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import type { MochaOptions, Runner, Test } from 'mocha';
import mocha from 'mocha';

export interface TestResult {
  passed: number;
  /** Pending tests are among them: a test that is skipped proves nothing. */
  failed: number;
  pending: number;
  durationMs: number;
  /** Of the tests and hooks that failed: the whole title and the first line of the error. */
  failures: string[];
}

const slowest = 10;

export class ResultReporter extends mocha.reporters.Spec {
  readonly #failures: string[] = [];
  /** Milliseconds in the tests of each file; hooks do not count. */
  readonly #files = new Map<string, number>();

  constructor(runner: Runner, options?: MochaOptions) {
    super(runner, options);
    runner.on(mocha.Runner.constants.EVENT_TEST_FAIL, (test: Test, error: Error) => {
      this.#failures.push(`${test.fullTitle()}: ${error.message.split('\n')[0]}`);
    });
    runner.on(mocha.Runner.constants.EVENT_TEST_END, ({ file = '', duration = 0 }: Test) => {
      this.#files.set(file, (this.#files.get(file) ?? 0) + duration);
    });
    runner.once(mocha.Runner.constants.EVENT_RUN_END, () => {
      this.#sayFiles();
      this.#write();
    });
  }

  /** What a shorter run has to begin with. */
  #sayFiles(): void {
    const files = [...this.#files].sort(([, first], [, second]) => second - first).slice(0, slowest);
    const lines = files.map(([file, ms]) => `  ${String(Math.round(ms / 1000)).padStart(5)} s  ${relative('', file)}`);
    process.stdout.write(`  the slowest files\n${lines.join('\n')}\n\n`);
  }

  #write(): void {
    const file = process.env['STATEWARD_TEST_RESULT'];
    if (file === undefined) return;
    const { passes, failures, pending, duration = 0 } = this.stats;
    const result: TestResult = {
      passed: passes,
      failed: failures + pending,
      pending,
      durationMs: duration,
      failures: this.#failures,
    };
    writeFileSync(file, `${JSON.stringify(result)}\n`);
  }
}

// The name under which mocha looks for a reporter in a module.
export { ResultReporter as default };
