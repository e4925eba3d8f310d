import assert from 'node:assert/strict';
import { javaCommand } from './java.ts';
import { ScriptRoot } from './testing/script.ts';

describe('the command line of java', () => {
  it('names the jars in the order of their bytes, and passes on every argument as it is', async () => {
    const root = new ScriptRoot();
    try {
      root.fake('java');
      for (const jar of ['b-1.jar', 'a.jar', 'Z.jar', 'b.jar', 'notes.txt']) root.write(`/opt/x/${jar}`, '');
      const [shell, option, script, zero, ...args] = javaCommand('/opt/x', ['-Xmx1g', '-Da=b c', 'Main', '$HOME']);
      assert.deepEqual([shell, option, zero], ['sh', '-c', 'java']);
      const given = args.map((arg) => `'${arg}'`).join(' ');
      assert.deepEqual(await root.run(`set -- ${given}; ${script}`), { code: 0, output: '' });
      const classPath = ['Z.jar', 'a.jar', 'b-1.jar', 'b.jar'].map((jar) => `/opt/x/${jar}`).join(':');
      assert.equal(root.read('/java.log'), ['-cp', classPath, '-Xmx1g', '-Da=b c', 'Main', '$HOME', ''].join('\n'));
    } finally {
      root.remove();
    }
  });
});
