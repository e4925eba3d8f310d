/** The verbs that ask for something once: `member restart|replace|decommission|pause|resume` and `service restart`. */
import type { OperationType } from '../../../crds/service-operation.ts';
import type { MemberStatus } from '../../workload/facts.ts';
import { type Command, type Context, exit, type ParsedArgs } from '../command.ts';
import {
  followOperation,
  listOperations,
  operationOf,
  operationResource,
  removeOperation,
  type Scope,
  type ServiceOperation,
} from '../operations.ts';
import { type Limit, waiting, waitOf } from '../options.ts';
import { findMember, type Service, withService } from '../services.ts';

const consent = {
  yes: { type: 'boolean', short: 'y', summary: 'Do it; without this it only says what would be lost.' },
} as const;

export const memberRestart: Command = {
  name: 'member restart',
  usage: 'SERVICE MEMBER',
  summary: 'Restart a member in place, once the service can bear it',
  options: waiting,
  run: withMember((context, service, member, args) =>
    begin(context, service, 'Restart', { member: member.name }, args),
  ),
};

export const memberReplace: Command = {
  name: 'member replace',
  usage: 'SERVICE MEMBER',
  summary: 'Destroy the data of a member and build it anew under its identity',
  details: 'For a member whose node or volume is lost. The data comes back from the other members.',
  options: { ...consent, ...waiting },
  run: withMember((context, service, member, args) => {
    const lines = [
      `replace destroys the data of ${member.name} and builds the member anew from the others:`,
      ...volumesOf(member),
    ];
    return withConsent(context, lines, args, () => begin(context, service, 'Replace', { member: member.name }, args));
  }),
};

export const memberDecommission: Command = {
  name: 'member decommission',
  usage: 'SERVICE MEMBER',
  summary: 'Have the last member of a pool or rack hand over what it has and leave',
  details:
    'Its place stays empty for as long as the operation exists; it ends once the spec asks for fewer members. To lower replicas in the spec does the same.',
  options: { ...consent, ...waiting },
  run: withMember((context, service, member, args) => {
    const { deletionPolicy = 'Retain' } = service.spec ?? {};
    const lines = [
      `${member.name} hands over what it has and leaves for good; its volumes are ${deletionPolicy === 'Delete' ? 'deleted then' : 'kept, and no member uses them again'}:`,
      ...volumesOf(member),
    ];
    const act = () => begin(context, service, 'Decommission', { member: member.name }, args);
    return withConsent(context, lines, args, act);
  }),
};

export const memberPause: Command = {
  name: 'member pause',
  aliases: ['debug pod pause'],
  usage: 'SERVICE MEMBER',
  summary: 'Keep a member down, with its volumes, until it is resumed',
  options: waiting,
  run: withMember(async (context, service, member, args) => {
    const [already] = await pausesOf(context, service, member);
    if (already === undefined) return begin(context, service, 'Pause', { member: member.name }, args);
    context.out.line(`${member.name} is paused already, by operation ${already.metadata.name}`);
    return exit.ok;
  }),
};

export const memberResume: Command = {
  name: 'member resume',
  aliases: ['member continue', 'debug pod resume'],
  usage: 'SERVICE MEMBER',
  summary: 'End the pause of a member',
  run: withMember(async (context, service, member) => {
    const pauses = await pausesOf(context, service, member);
    for (const pause of pauses) await removeOperation(context, pause);
    if (pauses.length === 0) context.out.error(`${member.name} is not paused`);
    else context.out.line(`${member.name} is resumed: it comes back as soon as the service allows`);
    return pauses.length === 0 ? exit.failure : exit.ok;
  }),
};

export const serviceRestart: Command = {
  name: 'service restart',
  usage: 'SERVICE',
  summary: 'Restart all members one after another, each once the service can bear it',
  options: {
    group: { type: 'string', short: 'g', value: 'GROUP', summary: 'Only the members of this pool or rack.' },
    ...waiting,
  },
  run: (context, args) =>
    withService(context, args.positionals[0], (service) => {
      const group = args.text('group');
      const problem = group === undefined ? undefined : unknownGroup(service, group);
      if (problem !== undefined) return failure(context, problem);
      return begin(context, service, 'Restart', group === undefined ? 'all' : { group }, args);
    }),
};

type MemberVerb = (context: Context, service: Service, member: MemberStatus, args: ParsedArgs) => Promise<number>;

function withMember(verb: MemberVerb): Command['run'] {
  return (context, args) => {
    const [name, text = ''] = args.positionals;
    return withService(context, name, (service) => {
      const found = findMember(service, text);
      return found.kind === 'Missing' ? failure(context, found.message) : verb(context, service, found.member, args);
    });
  };
}

async function failure({ out }: Context, message: string, code: number = exit.failure): Promise<number> {
  out.error(message);
  return code;
}

async function withConsent(
  context: Context,
  lines: readonly string[],
  args: ParsedArgs,
  act: () => Promise<number>,
): Promise<number> {
  const problem = problemOf(waitOf(args));
  if (problem !== undefined) return failure(context, problem, exit.usage);
  for (const line of lines) context.out.line(line);
  return args.has('yes') ? act() : failure(context, 'nothing has been done; --yes does it', exit.usage);
}

function problemOf(limit: Limit | undefined): string | undefined {
  return limit !== undefined && 'message' in limit ? limit.message : undefined;
}

function volumesOf({ volumes = [] }: MemberStatus): string[] {
  if (volumes.length === 0) return ['  its volumes are not known'];
  return volumes.map(({ claim, size }) => `  volume ${claim}${size === undefined ? '' : ` (${size})`}`);
}

async function begin(
  context: Context,
  service: Service,
  type: OperationType,
  scope: Scope,
  args: ParsedArgs,
): Promise<number> {
  const limit = waitOf(args);
  if (limit !== undefined && 'message' in limit) return failure(context, limit.message, exit.usage);
  const { api, signal, out } = context;
  const operation = await api.create(operationResource, operationOf(context, service, type, scope), { signal });
  const { name } = operation.metadata;
  out.line(`operation ${name} is created`);
  if (limit !== undefined) return followOperation(context, operation, limit.ms);
  out.line(`to follow it: kubectl stateward plan ${service.metadata.name} ${name} --watch`);
  return exit.ok;
}

async function pausesOf(context: Context, service: Service, { name }: MemberStatus): Promise<ServiceOperation[]> {
  const operations = await listOperations(context, service);
  return operations.filter(({ spec }) => spec.type === 'Pause' && spec.members?.includes(name) === true);
}

function unknownGroup({ metadata, status }: Service, group: string): string | undefined {
  const groups = [...new Set((status?.members ?? []).map((member) => member.group))];
  if (groups.includes(group)) return undefined;
  return `${metadata.name} has no group ${group}; it has: ${groups.join(', ') || 'none yet'}`;
}
