/** What `help` says, made of the table of verbs. */
import type { AnyCommand, OptionTable } from './command.ts';
import { everywhere } from './options.ts';
import { tableLines } from './output.ts';

const front = `kubectl stateward: services of Kafka and Cassandra, their plans and their members

Usage: kubectl stateward VERB [arguments] [options]

`;

const back = `
SERVICE is a name, or kafka/NAME or cassandra/NAME where both kinds have it.
kubectl stateward VERB --help says what a verb takes.
`;

export function overview(commands: readonly AnyCommand[]): string {
  return `${front}${indented(commands.map(({ name, usage, summary }) => [`${name} ${usage}`.trim(), summary]))}${back}`;
}

export function verbHelp({ name, aliases = [], summary, usage, details, options }: AnyCommand): string {
  const parts = [
    `${summary}.\n`,
    `Usage: ${usageLine(name, usage)}\n`,
    ...(aliases.length === 0 ? [] : [`Also: ${aliases.join(', ')}\n`]),
    ...(details === undefined ? [] : [`${details}\n`]),
    `Options:\n${indented(optionRows({ ...options, ...everywhere }))}`,
  ];
  return parts.join('\n');
}

export function usageLine(name: string, usage: string): string {
  return `kubectl stateward ${`${name} ${usage}`.trim()} [options]`;
}

export function optionRows(options: OptionTable): [string, string][] {
  return Object.entries(options).map(([name, { short, value, choices, multiple, summary }]) => {
    const letter = short === undefined ? '' : `-${short}, `;
    const taken = choices?.join('|') ?? value;
    return [
      `${letter}--${name}${taken === undefined ? '' : ` ${taken}`}`,
      multiple === true ? `${summary} May be given several times.` : summary,
    ];
  });
}

function indented(rows: readonly (readonly [string, string])[]): string {
  // A table without its head.
  const [, ...lines] = tableLines(['', ''], rows);
  return `${lines.map((line) => `  ${line}`).join('\n')}\n`;
}
