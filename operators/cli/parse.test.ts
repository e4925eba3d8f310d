import assert from 'node:assert/strict';
import type { Command } from './command.ts';
import { commandTable } from './commands/index.ts';
import { readCall } from './parse.ts';

const commands = commandTable({
  version: '1.2.3',
  dryRun: { previewSpec: async () => ({ kind: 'Changes', rows: [] }), readText: async () => '' },
});

/** `verb: arguments`, or the message. */
function read(line: string): string {
  const call = readCall(line.split(' ').filter(Boolean), commands);
  switch (call.kind) {
    case 'Run':
      return [`${call.command.name}:`, ...call.args.positionals].join(' ');
    case 'Help':
      return `help ${call.command?.name ?? ''}`.trim();
    case 'Complete':
      return `complete ${call.words.join(' ')}`;
    case 'Wrong':
      return call.message;
    default:
      return call satisfies never;
  }
}

describe('a command line', () => {
  const table: [string, string][] = [
    ['', 'list:'],
    ['-A', 'list:'],
    ['-n shop', 'list:'],
    ['list', 'list:'],
    ['ls -A', 'list:'],
    ['plan orders', 'plan: orders'],
    ['plan show orders deploy', 'plan: orders deploy'],
    ['plan orders deploy --watch', 'plan: orders deploy'],
    ['plan show pause', 'plan: pause'],
    ['plan pause orders', 'plan pause: orders'],
    ['-n shop plan pause orders', 'plan pause: orders'],
    ['plan -n shop pause orders', 'plan pause: orders'],
    ['plan --dry-run -f x.yaml', 'plan --dry-run:'],
    ['plan -f x.yaml --dry-run', 'plan --dry-run:'],
    ['member restart orders kafka-0 --wait --timeout 5m', 'member restart: orders kafka-0'],
    ['wait --timeout 5m orders', 'wait: orders'],
    ['__complete -- plan -', 'complete plan -'],
    ['--help', 'help'],
    ['plan pause -h', 'help plan pause'],
    ['plan --dry-run --help', 'help plan --dry-run'],
  ];
  for (const [line, expected] of table) it(`"${line}" is ${expected}`, () => assert.equal(read(line), expected));

  const dcos: [string, string][] = [
    ['plan status orders', 'plan: orders'],
    ['plan list orders', 'plan: orders'],
    ['plans show orders deploy', 'plan: orders deploy'],
    ['plan interrupt orders deploy', 'plan pause: orders deploy'],
    ['plan continue orders deploy', 'plan resume: orders deploy'],
    ['plan force orders deploy restart x', 'plan force-complete: orders deploy restart x'],
    ['plan stop orders op', 'plan cancel: orders op'],
    ['pod list orders', 'members: orders'],
    ['pods status orders', 'members: orders'],
    ['pods orders', 'members: orders'],
    ['pod restart orders kafka-0', 'member restart: orders kafka-0'],
    ['pod replace orders kafka-0', 'member replace: orders kafka-0'],
    ['debug pod pause orders kafka-0', 'member pause: orders kafka-0'],
    ['endpoint orders', 'endpoints: orders'],
  ];
  for (const [line, expected] of dcos) {
    it(`"${line}", as DC/OS users type it, is ${expected}`, () => assert.equal(read(line), expected));
  }

  const wrong: [string, string][] = [
    ['restart orders', 'there is no verb restart orders'],
    ['member', 'there is no verb member'],
    ['member orders', 'there is no verb member orders'],
    ['plan pause', 'plan pause needs SERVICE'],
    ['plan force-complete orders deploy', 'plan force-complete needs PHASE and STEP'],
    ['describe a b', 'describe takes SERVICE and nothing more'],
    ['list x', 'list takes no arguments'],
    ['plan pause orders --watch', '--watch is no option of plan pause'],
    ['plan orders -A', '-A is no option of plan'],
    ['list --all-namespaces=x', '--all-namespaces takes no value'],
    ['list -o', '-o needs a value'],
    ['list -o xml', '-o must be json or yaml, not xml'],
    ['list -o json --output yaml', 'list takes --output once'],
    ['wait orders --for Happy', '--for must be Ready or Complete, not Happy'],
  ];
  for (const [line, expected] of wrong)
    it(`"${line}" is refused: ${expected}`, () => assert.equal(read(line), expected));

  it('gives a verb its options', () => {
    const call = readCall(['wait', 'orders', '-n', 'shop', '--timeout=5m'], commands);
    assert.ok(call.kind === 'Run');
    const { args } = call;
    assert.deepEqual(
      [args.text('namespace'), args.text('timeout'), args.text('for'), args.has('timeout'), args.has('for')],
      ['shop', '5m', undefined, true, false],
    );
  });

  it('takes several values where an option may be given several times', () => {
    const command: Command = {
      name: 'tell',
      usage: '',
      summary: 'Tell',
      options: { what: { type: 'string', multiple: true, summary: 'What.' } },
      run: async () => 0,
    };
    const call = readCall(['tell', '--what', 'a', '--what', 'b'], [command]);
    assert.ok(call.kind === 'Run');
    assert.deepEqual(call.args.texts('what'), ['a', 'b']);
  });
});

describe('the table of verbs', () => {
  it('names each verb once, by aliases too', () => {
    const names = commands.flatMap(({ name, aliases = [] }) => [name, ...aliases]);
    assert.deepEqual(
      names.filter((name, index) => names.indexOf(name) !== index),
      [],
    );
  });

  for (const { name, summary, options = {} } of commands) {
    it(`tells ${name} in one line, and its options in sentences`, () => {
      assert.match(summary, /^[A-Z].*[^.]$/);
      for (const option of Object.values(options)) assert.match(option.summary, /^\S.*\.$/);
    });
  }
});
