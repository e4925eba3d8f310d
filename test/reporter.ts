/** The usual output of mocha, and the numbers as JSON in the file that STATEWARD_TEST_RESULT names. */
import { writeFileSync } from 'node:fs';
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

export class ResultReporter extends mocha.reporters.Spec {
  readonly #failures: string[] = [];

  constructor(runner: Runner, options?: MochaOptions) {
    super(runner, options);
    runner.on(mocha.Runner.constants.EVENT_TEST_FAIL, (test: Test, error: Error) => {
      this.#failures.push(`${test.fullTitle()}: ${error.message.split('\n')[0]}`);
    });
    runner.once(mocha.Runner.constants.EVENT_RUN_END, () => this.#write());
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
