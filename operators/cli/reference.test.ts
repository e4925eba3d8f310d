import assert from 'node:assert/strict';
import { commandTable } from './commands/index.ts';
import { cliReference } from './reference.ts';

describe('the reference page', () => {
  const commands = commandTable({ version: '1' });
  const page = cliReference(commands);

  it('has a section for each verb, and a link that finds it', () => {
    const headings = page.split('\n').flatMap((line) => (line.startsWith('### ') ? [line.slice(4)] : []));
    assert.deepEqual(
      headings,
      commands.map(({ name }) => name),
    );
    const links = [...page.matchAll(/\]\(#([^)]+)\)/g)].map(([, link]) => link);
    assert.deepEqual(
      links,
      headings.map((heading) => heading.replaceAll(' ', '-')),
    );
  });

  it('names each option of each verb', () => {
    for (const { options = {} } of commands)
      for (const name of Object.keys(options)) assert.match(page, new RegExp(`--${name}\\b`));
  });

  it('keeps a cell in its column', () => {
    for (const row of page.split('\n').filter((line) => line.startsWith('|'))) {
      assert.equal(row.replaceAll('\\|', '').split('|').length, 4, row);
    }
  });
});
