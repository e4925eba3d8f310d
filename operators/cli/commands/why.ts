/** `why`: what keeps a service or a member from being as it should be. */
import { type Command, type Context, exit } from '../command.ts';
import { output } from '../options.ts';
import { type Service, withService } from '../services.ts';
import { diagnose } from '../why/diagnose.ts';
import type { Facts } from '../why/facts.ts';
import { gather } from '../why/gather.ts';
import { reportLines, summaryLine } from '../why/report.ts';

export const why: Command = {
  name: 'why',
  aliases: ['debug state'],
  usage: 'SERVICE [MEMBER]',
  summary: 'Find out what keeps a service or a member from being as it should be',
  options: output,
  details:
    'Looks at the operator, the spec, what is held back, plans, pods, placement (each node, where a pod has none), volumes, images, crashes, readiness, quorum and disruption budgets. Each finding is PASS, FAIL with what to do, or UNKNOWN where you may not read what would tell. Exit code 1 where something FAILs.',
  run: (context, { positionals: [name, member] }) =>
    withService(context, name, async (service) => {
      const facts = await gather(context, service);
      const asked = member === undefined ? facts : onlyMember(facts, service, member);
      if (asked !== undefined) return tell(context, asked);
      const names = facts.members.map((each) => each.name).join(', ');
      context.out.error(`${service.metadata.name} has no member ${member}; it has: ${names || 'none yet'}`);
      return exit.failure;
    }),
};

/** By its full name, or without the name of the service in front. */
function onlyMember(facts: Facts, { metadata }: Service, text: string): Facts | undefined {
  const named = (name: string) => facts.members.filter((member) => member.name === name);
  const members = [...named(text), ...named(`${metadata.name}-${text}`)].slice(0, 1);
  return members.length === 0 ? undefined : { ...facts, members };
}

function tell({ out }: Context, facts: Facts): number {
  const findings = diagnose(facts);
  out.show(findings, () => {
    for (const line of [...reportLines(findings), '', summaryLine(findings)]) out.line(line);
  });
  return findings.some(({ verdict }) => verdict === 'Fail') ? exit.failure : exit.ok;
}
