/** `members`: who belongs to a service, and how they are. */
import { type Command, type Context, exit } from '../command.ts';
import { output } from '../options.ts';
import { type Service, withService } from '../services.ts';

export const members: Command = {
  name: 'members',
  aliases: ['pods', 'member list', 'member status'],
  usage: 'SERVICE',
  summary: 'List the members: what they do, where they run, what they lack',
  options: output,
  run: (context, { positionals: [service] }) =>
    withService(context, service, async (found) => {
      context.out.show(found.status?.members ?? [], () => showMembers(context, found));
      return exit.ok;
    }),
};

export function showMembers({ out }: Pick<Context, 'out'>, { metadata, status }: Service): void {
  const all = status?.members ?? [];
  if (all.length === 0) out.line(`${metadata.name} has no members yet`);
  const rows = all.map(({ name, group, ready, state, version = '', node = '', zone = '', address = '' }) => [
    name,
    group,
    ready ? 'yes' : 'no',
    state,
    version,
    node,
    zone,
    address,
  ]);
  out.table(['MEMBER', 'GROUP', 'READY', 'STATE', 'VERSION', 'NODE', 'ZONE', 'ADDRESS'], rows);
  for (const { name, ready, message } of all) if (!ready && message !== undefined) out.line(`${name}: ${message}`);
}
