import assert from 'node:assert/strict';
import { commandTable } from './commands/index.ts';
import { completions } from './complete.ts';
import { namesFor } from './names.ts';
import { testContext } from './testing/context.ts';
import { memberOf, planOf, put, putOperation, serviceOf, stepOf } from './testing/services.ts';

const commands = commandTable({
  version: '1',
  dryRun: { previewSpec: async () => ({ kind: 'Changes', rows: [] }), readText: async () => '' },
});

async function completed(line: string): Promise<string[]> {
  const test = testContext();
  const status = {
    plans: [planOf('deploy', [stepOf('orders-kafka-0:[restart]', 'Waiting')]), planOf('recovery', [])],
    members: [memberOf('orders-kafka-0'), memberOf('orders-kafka-1')],
    endpoints: [{ name: 'plain', dns: [], port: 9092 }],
  };
  await put(test, serviceOf('orders', { status }), serviceOf('both'), serviceOf('both', { kind: 'CassandraCluster' }));
  await putOperation(test, 'restart-orders-all-x', {
    type: 'Restart',
    service: { kind: 'KafkaCluster', name: 'orders' },
  });
  await putOperation(test, 'restart-both-all-x', { type: 'Restart', service: { kind: 'KafkaCluster', name: 'both' } });
  const lookup = (argument: string, given: readonly string[]) => namesFor(argument, given, test.context);
  const { candidates, directive } = await completions(line.split(' '), commands, lookup);
  return directive === ':0' ? ['(files)'] : candidates;
}

describe('completion', () => {
  const services = ['cassandra/both', 'kafka/both', 'orders'];
  const table: [string, string[]][] = [
    ['des', ['describe']],
    ['describe ', services],
    ['describe o', ['orders']],
    ['describe orders ', []],
    ['mem', ['member', 'members']],
    ['member ', ['decommission', 'pause', 'replace', 'restart', 'resume']],
    ['member re', ['replace', 'restart', 'resume']],
    ['member restart orders ', ['orders-kafka-0', 'orders-kafka-1']],
    ['member restart kafka/orders orders-kafka-1', ['orders-kafka-1']],
    ['plan p', ['pause']],
    ['plan o', ['orders']],
    ['plan orders ', ['deploy', 'recovery']],
    ['plan pause orders ', ['deploy', 'recovery']],
    ['plan pause -n shop orders ', ['deploy', 'recovery']],
    ['plan pause orders deploy ', ['restart']],
    ['plan force-complete orders deploy restart ', ['orders-kafka-0:[restart]']],
    ['plan cancel orders ', ['restart-orders-all-x']],
    ['endpoints orders ', ['plain']],
    ['pod restart orders orders-kafka-0', ['orders-kafka-0']],
    ['describe orders --ou', ['--output']],
    ['describe orders -o ', ['json', 'yaml']],
    ['wait orders --for R', ['Ready']],
    ['plan --', ['--context', '--dry-run', '--help', '--kubeconfig', '--namespace', '--output', '--watch']],
    ['plan --dry-run -f ', ['(files)']],
    ['list --kubeconfig x', ['(files)']],
    ['completion ', ['bash', 'fish', 'kubectl', 'zsh']],
    ['help member rep', ['replace']],
    ['members nothing ', []],
    ['plan pause nothing ', []],
  ];
  for (const [line, expected] of table) {
    it(`of "${line}"`, async () => assert.deepEqual(await completed(line), expected));
  }

  it('offers every verb at the beginning', async () => {
    const first = new Set(commands.map(({ name }) => name.split(' ')[0] ?? ''));
    assert.deepEqual(await completed(''), [...first].sort());
  });
});
