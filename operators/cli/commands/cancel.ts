/** `plan cancel`: the end of an operation. */
import { lastingPlans } from '../../workload/operations/operations.ts';
import { type Command, type Context, exit } from '../command.ts';
import { listOperations, removeOperation } from '../operations.ts';
import { type Service, withService } from '../services.ts';

const lasting = lastingPlans.map((name) => `\`${name}\``);

export const planCancel: Command = {
  name: 'plan cancel',
  aliases: ['plan stop'],
  usage: 'SERVICE OPERATION',
  summary: 'Delete an operation: what has begun is finished, no further step begins',
  details: `OPERATION is the name of its plan. The plans ${lasting.slice(0, -1).join(', ')} and ${lasting.at(-1)} follow the spec and cannot be cancelled: change the spec, or pause them.`,
  run: (context, { positionals: [service, operation = ''] }) =>
    withService(context, service, (found) => cancel(context, found, operation)),
};

async function cancel(context: Context, service: Service, name: string): Promise<number> {
  const operations = await listOperations(context, service);
  const operation = operations.find(({ metadata }) => metadata.name === name);
  if (operation === undefined) {
    const names = operations.map(({ metadata }) => metadata.name).join(', ');
    const others = names === '' ? 'there is none' : `there are: ${names}`;
    context.out.error(`${service.metadata.name} has no operation ${name}; ${others}`);
    return exit.failure;
  }
  await removeOperation(context, operation);
  const ended = operation.status?.finishedAt !== undefined;
  context.out.line(
    ended
      ? `operation ${name} had ended already; it is removed`
      : `operation ${name} is cancelled: what has begun is finished, no further step begins`,
  );
  return exit.ok;
}
