/** docs/cli.md, made of the table of verbs. */
import { type AnyCommand, exit, type OptionTable } from './command.ts';
import { optionRows, usageLine } from './help.ts';
import { everywhere } from './options.ts';

const front = `# kubectl stateward

<!-- Generated from operators/cli by hack/generate. -->

The same verbs for Kafka and for Cassandra. From a checkout, with Node 24.6 or newer:

\`\`\`
make deps
export PATH=$PWD/bin:$PATH
kubectl stateward
\`\`\`

\`SERVICE\` is the name of a service, or \`kafka/NAME\` or \`cassandra/NAME\` where both kinds have it. \`MEMBER\` is a name as \`members\` lists it, with or without the name of the service in front. Without a verb it lists the services of the namespace.

It does with the API server what you could do with kubectl, and with your rights:

| to | a role must allow |
|---|---|
| look | \`get\` and \`list\` on \`kafkaclusters\`, \`cassandraclusters\` and \`serviceoperations\` of \`stateward.dev\` |
| pause, resume, step, force | \`patch\` on the service: it changes \`spec.control\`, and nothing else |
| restart, replace, decommission, pause or resume a member, cancel | \`create\` and \`delete\` on \`serviceoperations\` |
| install the kinds | \`get\`, \`create\` and \`patch\` on \`customresourcedefinitions\` |`;

const meanings: Record<keyof typeof exit, string> = {
  ok: 'done, or it is so',
  failure: 'it failed, or it is not so',
  usage: 'the words on the command line make no sense, or consent is missing',
  timeout: 'the time of `--timeout` is over',
  interrupted: 'ended by Ctrl-C',
};

export function cliReference(commands: readonly AnyCommand[]): string {
  const parts = [front, overview(commands), '## Options of every verb', options(everywhere), '## Exit codes', codes()];
  return `${[...parts, '## Verbs', ...commands.map(section)].join('\n\n')}\n`;
}

function overview(commands: readonly AnyCommand[]): string {
  const rows = commands.map(({ name, summary }) => `| [\`${name}\`](#${anchor(name)}) | ${summary} |`);
  return ['| Verb | |', '|---|---|', ...rows].join('\n');
}

/** As GitHub makes them of headings. */
function anchor(name: string): string {
  return name.replaceAll(' ', '-');
}

function options(table: OptionTable): string {
  const rows = optionRows(table).map(([option, summary]) => `| \`${escaped(option)}\` | ${escaped(summary)} |`);
  return ['| Option | |', '|---|---|', ...rows].join('\n');
}

function codes(): string {
  const rows = Object.entries(meanings).map(([name, meaning]) => `| ${codeOf(name)} | ${meaning} |`);
  return ['| Code | Meaning |', '|---|---|', ...rows].join('\n');
}

function codeOf(name: string): number | undefined {
  return Object.entries(exit).find(([candidate]) => candidate === name)?.[1];
}

function section({ name, aliases = [], summary, usage, details, options: own }: AnyCommand): string {
  return [
    `### ${name}`,
    `${summary}.`,
    `\`\`\`\n${usageLine(name, usage)}\n\`\`\``,
    ...(details === undefined ? [] : [details]),
    ...(aliases.length === 0 ? [] : [`Also: ${aliases.map((alias) => `\`${alias}\``).join(', ')}.`]),
    ...(own === undefined ? [] : [options(own)]),
  ].join('\n\n');
}

function escaped(cell: string): string {
  return cell.replaceAll('|', '\\|');
}
