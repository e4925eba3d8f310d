import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { createLog, type LogLevel } from './log.ts';
import { FakeClock } from './testing/fake-clock.ts';

function setup(level: LogLevel = 'debug') {
  const stream = new PassThrough();
  const log = createLog({ level, stream, clock: new FakeClock(Date.UTC(2026, 0, 2, 3, 4, 5, 6)) });
  const text = (): string => String(stream.read() ?? '');
  const line = (): Record<string, unknown> => JSON.parse(text());
  return { log, text, line };
}

describe('log', () => {
  it('writes one JSON object per line, head first', () => {
    const { log, text } = setup();
    log.info('hello', { step: 'apply' });
    const expected = '{"timestamp":"2026-01-02T03:04:05.006Z","level":"info","message":"hello","step":"apply"}\n';
    assert.equal(text(), expected);
  });

  it('adds the fields of its ancestors, the nearest winning', () => {
    const { log, line } = setup();
    const child = log.child({ service: 'ns/a', step: 'one' }).child({ reconcileId: 'id-1' });
    child.warn('hello', { step: 'two' });
    const { timestamp, ...rest } = line();
    assert.equal(typeof timestamp, 'string');
    assert.deepEqual(rest, { level: 'warn', message: 'hello', service: 'ns/a', step: 'two', reconcileId: 'id-1' });
  });

  it('drops what is less urgent than its level', () => {
    const { log, text } = setup('warn');
    log.debug('no');
    log.info('no');
    assert.equal(text(), '');
    log.warn('yes');
    log.error('yes');
    assert.equal(text().trim().split('\n').length, 2);
  });

  it('lets no field hide the head of the line', () => {
    const { log, line } = setup();
    log.error('real', { message: 'field', level: 'debug', timestamp: 'never' });
    const { message, level, timestamp } = line();
    assert.deepEqual([message, level, timestamp], ['real', 'error', '2026-01-02T03:04:05.006Z']);
  });

  it('writes an error with its stack and its causes', () => {
    const { log, line } = setup();
    log.error('failed', { error: new TypeError('outer', { cause: new Error('inner') }) });
    const { error } = line();
    assert.ok(typeof error === 'object' && error !== null && 'stack' in error && 'cause' in error);
    assert.match(String(error.stack), /log\.test\.ts/);
    assert.partialDeepStrictEqual(error, { name: 'TypeError', message: 'outer', cause: { message: 'inner' } });
  });

  it('writes no secret, neither in fields nor in messages', () => {
    const { log, text } = setup();
    log.child({ apiToken: 'hunter2' }).info('login with password=hunter2', {
      data: { 'tls.key': 'hunter2', users: [{ Password: 'hunter2' }] },
      error: new Error('refused: Bearer hunter2'),
    });
    const line = text();
    assert.ok(!line.includes('hunter2'), line);
    assert.ok(line.includes('login with password=[redacted]'));
  });
});
