/** `logs`: what the members of a service write, as one log. */

import { durationMs } from '../../kube/duration.ts';
import { type Pod, pods } from '../../kube/resource.ts';
import { keys } from '../../workload/identity.ts';
import { type Command, type Context, exit, type ParsedArgs } from '../command.ts';
import { followLog } from '../logs/follow.ts';
import type { LogLine } from '../logs/line.ts';
import { mergeByTime } from '../logs/merge.ts';
import { isNotYet, type LogQuery, openLog, type Source, sourceOf } from '../logs/source.ts';
import { namespaceOf, type Service, withService } from '../services.ts';
import { listPages, selectorText } from '../why/pages.ts';

/** Of each member, where several are shown and nothing says how much. */
const tailOfMany = 100;

export const logs: Command = {
  name: 'logs',
  aliases: ['log'],
  usage: 'SERVICE [MEMBER]',
  summary: 'Show what the members write, merged by time',
  options: {
    follow: { type: 'boolean', short: 'f', summary: 'Go on until Ctrl-C, also over restarts.' },
    tail: { type: 'string', value: 'N', summary: 'Only the last lines of each member.' },
    since: { type: 'string', value: 'DURATION', summary: 'Only what is newer than so long ago, such as 10m.' },
    container: {
      type: 'string',
      short: 'c',
      value: 'CONTAINER',
      summary: 'Another container than that of the service.',
    },
    previous: { type: 'boolean', short: 'p', summary: 'Of the process before the last restart.' },
  },
  details: `Each line begins with its member, unless one is named. Without \`--tail\` and \`--since\` a named member shows all of its log, several members the last ${tailOfMany} lines of each.`,
  run: (context, args) =>
    withService(context, args.positionals[0], async (service) => {
      const read = readQuery(args);
      if (!read.ok) {
        context.out.error(read.message);
        return exit.usage;
      }
      const found = await podsOf(context, service);
      const member = args.positionals[1];
      const chosen = member === undefined ? found : choose(found, service, member);
      if (chosen.length === 0) return noPods(context, service, found, member);
      const sources = chosen.map((pod) => sourceOf(pod, args.text('container')));
      const query = withDefault(read.query, sources.length);
      const print = printer(context, member === undefined ? sources : []);
      return args.has('follow') ? followAll(context, sources, query, print) : showAll(context, sources, query, print);
    }),
};

type ReadQuery = { ok: true; query: LogQuery } | { ok: false; message: string };

function readQuery(args: ParsedArgs): ReadQuery {
  const [tail, since] = [args.text('tail'), args.text('since')];
  const sinceMs = since === undefined ? undefined : durationMs(since);
  if (tail !== undefined && !/^\d{1,9}$/.test(tail)) return wrong(`--tail must be a number of lines, not ${tail}`);
  if (since !== undefined && !(sinceMs !== undefined && sinceMs > 0)) {
    return wrong(`--since must be a duration such as 90s, 10m or 2h, not ${since}`);
  }
  if (args.has('previous') && args.has('follow'))
    return wrong('a process that has ended writes nothing more: leave --follow out');
  const query: LogQuery = {
    ...(tail === undefined ? {} : { tailLines: Number(tail) }),
    ...(sinceMs === undefined ? {} : { sinceSeconds: sinceMs / 1000 }),
    ...(args.has('previous') ? { previous: true } : {}),
  };
  return { ok: true, query };
}

function wrong(message: string): ReadQuery {
  return { ok: false, message };
}

function withDefault(query: LogQuery, members: number): LogQuery {
  const isSaid = query.tailLines !== undefined || query.sinceSeconds !== undefined;
  return isSaid || members === 1 ? query : { ...query, tailLines: tailOfMany };
}

/** In the order of their names, 9 before 10. */
async function podsOf(context: Context, service: Service): Promise<Pod[]> {
  const labelSelector = selectorText({ [keys.kind]: service.kind, [keys.service]: service.metadata.name });
  const found = await listPages(context, pods, { namespace: namespaceOf(service), labelSelector });
  const { compare } = new Intl.Collator('en', { numeric: true });
  return found.toSorted((one, other) => compare(one.metadata.name, other.metadata.name));
}

/** By its full name, or without the name of the service in front. */
function choose(found: readonly Pod[], { metadata }: Service, text: string): Pod[] {
  const named = (name: string) => found.filter((pod) => pod.metadata.name === name);
  return [...named(text), ...named(`${metadata.name}-${text}`)].slice(0, 1);
}

function noPods({ out }: Context, { metadata }: Service, found: readonly Pod[], member: string | undefined): number {
  const names = found.map((pod) => pod.metadata.name).join(', ');
  const none = `${metadata.name} has no pods: see kubectl stateward why ${metadata.name}`;
  out.error(found.length === 0 ? none : `${metadata.name} has no pod ${member}; it has: ${names}`);
  return exit.failure;
}

type Print = (pod: string, line: LogLine) => void;

/** With the name in front of each line where several are told. */
function printer({ out }: Context, sources: readonly Source[]): Print {
  const width = Math.max(0, ...sources.map(({ pod }) => pod.length));
  if (sources.length === 0) return (_pod, { text }) => out.line(text);
  return (pod, { text }) => out.line(`${pod.padEnd(width)} | ${text}`);
}

async function followAll(context: Context, sources: readonly Source[], query: LogQuery, print: Print): Promise<number> {
  const following = sources.map(async (source) => {
    for await (const line of followLog(context, source, query)) print(source.pod, line);
  });
  await Promise.all(following);
  return exit.ok;
}

async function showAll(context: Context, sources: readonly Source[], query: LogQuery, print: Print): Promise<number> {
  const silent = new Set<string>();
  const opened = sources.map((source) => ({ member: source.pod, lines: told(context, source, query, silent) }));
  for await (const { member, line } of mergeByTime(opened)) print(member, line);
  return silent.size === 0 ? exit.ok : exit.failure;
}

/** A member without a log is told of, and keeps nobody from reading the others. */
async function* told(context: Context, source: Source, query: LogQuery, silent: Set<string>): AsyncGenerator<LogLine> {
  try {
    yield* openLog(context, source, query);
  } catch (error) {
    if (!isNotYet(error)) throw error;
    silent.add(source.pod);
    context.out.error(`${source.pod}: ${error.message}`);
  }
}
