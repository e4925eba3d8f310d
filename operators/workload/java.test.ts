import assert from 'node:assert/strict';
import { javaCommand, pausedFile } from './java.ts';
import { ScriptRoot } from './testing/script.ts';

const here = 'demo-kafka-1';

/** What java is called with, on a host of the name `demo-kafka-1`. */
async function started(paused: string, given: string[]): Promise<{ output: string; java: string | undefined }> {
  const root = new ScriptRoot();
  try {
    root.fake('java');
    root.write(pausedFile, paused);
    for (const jar of ['b-1.jar', 'a.jar', 'Z.jar', 'b.jar', 'notes.txt']) root.write(`/opt/x/${jar}`, '');
    const [shell, option, script, zero, ...args] = javaCommand('/opt/x', given, 8778);
    assert.deepEqual([shell, option, zero], ['sh', '-c', 'java']);
    const set = `uname() { echo ${here}; }; set -- ${args.map((arg) => `'${arg}'`).join(' ')}`;
    const { code, output } = await root.run(`${set}; ${script}`);
    assert.equal(code, 0, output);
    return { output, java: root.read('/java.log') };
  } finally {
    root.remove();
  }
}

const lines = (...args: string[]): string => args.map((arg) => `${arg}\n`).join('');

describe('the command line of java', () => {
  const given = ['-Xmx1g', '-Da=b c', 'Main', '$HOME'];
  const classPath = ['Z.jar', 'a.jar', 'b-1.jar', 'b.jar'].map((jar) => `/opt/x/${jar}`).join(':');
  const serves = lines('-cp', classPath, ...given);

  it('names the jars in the order of their bytes, and passes on every argument as it is', async () =>
    assert.deepEqual(await started('', given), { output: '', java: serves }));

  it('is that of something that only says so, where the member is paused', async () => {
    const agent = '/run/stateward/stateward-agent.jar';
    const options = `paused,port=8778,list=${pausedFile},member=${here}`;
    const java = lines('-Xmx32m', '-cp', agent, 'dev.stateward.agent.Paused', options);
    assert.deepEqual(await started(lines('demo-kafka-0', here), given), { output: '', java });
  });

  const others: [string, string][] = [
    ['another member is paused', lines('demo-kafka-0', 'demo-kafka-2')],
    ['a member is paused whose name begins the same', lines(`${here}0`)],
    ['a member is paused whose name ends the same', lines(`other-${here}`)],
  ];
  for (const [what, paused] of others)
    it(`is as ever where ${what}`, async () => assert.equal((await started(paused, given)).java, serves));
});
