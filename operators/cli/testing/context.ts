/** A run over an API server in memory, and what it wrote. */
import type { KubeApi } from '../../kube/api.ts';
import type { Session } from '../../kube/session.ts';
import { EagerClock } from '../../kube/testing/fake-clock.ts';
import { MemoryApi } from '../../kube/testing/memory-api.ts';
import type { Command, Context, Format, ParsedArgs } from '../command.ts';
import { createOutput, type Streams } from '../output.ts';
import { parsedArgs } from '../parse.ts';

export interface Written {
  out: string;
  err: string;
}

export interface TestContext<Api extends KubeApi = MemoryApi> {
  context: Context;
  api: Api;
  clock: EagerClock;
  written: Written;
  /** The exit code; what was written before is forgotten. */
  run(command: Command, positionals?: readonly string[], options?: Record<string, TestOption>): Promise<number>;
}

export type TestOption = true | string | readonly string[];

export interface TestParts<Api extends KubeApi> {
  api?: Api;
  session?: Session;
  format?: Format;
  terminal?: Streams['terminal'];
  allNamespaces?: boolean;
  signal?: AbortSignal;
}

/** In namespace `shop`, at the start of 2030. */
export function testContext(parts?: TestParts<MemoryApi>): TestContext;
export function testContext<Api extends KubeApi>(parts: TestParts<Api> & { api: Api }): TestContext<Api>;
export function testContext(parts: TestParts<KubeApi> = {}): TestContext<KubeApi> {
  const api = parts.api ?? new MemoryApi();
  const clock = new EagerClock();
  const { streams, written } = recordedStreams(parts.terminal);
  const context: Context = {
    api,
    session: parts.session ?? noSession,
    namespace: 'shop',
    allNamespaces: parts.allNamespaces ?? false,
    out: createOutput(streams, parts.format ?? 'text'),
    signal: parts.signal ?? new AbortController().signal,
    clock,
    random: () => 0,
  };
  const run: TestContext['run'] = (command, positionals = [], options = {}) => {
    Object.assign(written, { out: '', err: '' });
    return command.run(context, argsOf(positionals, options));
  };
  return { context, api, clock, written, run };
}

export function recordedStreams(terminal?: Streams['terminal']): { streams: Streams; written: Written } {
  const written: Written = { out: '', err: '' };
  const streams: Streams = {
    out: (text) => {
      written.out += text;
    },
    err: (text) => {
      written.err += text;
    },
    ...(terminal === undefined ? {} : { terminal }),
  };
  return { streams, written };
}

function argsOf(positionals: readonly string[], options: Record<string, TestOption>): ParsedArgs {
  const values = Object.entries(options).map(([name, value]): [string, string[]] => [
    name,
    value === true ? [] : [value].flat(),
  ]);
  return parsedArgs(positionals, new Map(values));
}

const noSession: Session = {
  server: 'http://127.0.0.1:1',
  kubeConfig: () => {
    throw new Error('this test has no connection');
  },
  access: () => Promise.reject(new Error('this test has no connection')),
  renew: () => Promise.reject(new Error('this test has no connection')),
  close: async () => {},
};
