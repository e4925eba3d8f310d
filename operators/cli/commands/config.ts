/** `config`: which specs a service has had, how they differ, and the way back to one of them. */
import { ApiError } from '../../kube/api.ts';
import type { JsonRecord } from '../../kube/json.ts';
import { controllerRevisions, refOf } from '../../kube/resource.ts';
import { specRevision } from '../../workload/revisions.ts';
import { type Command, type Context, exit } from '../command.ts';
import { type Side, specDiff } from '../config/diff.ts';
import { type Entry, findEntry, historyOf, noEntry } from '../config/history.ts';
import { output } from '../options.ts';
import { listAll, namespaceOf, resourceOf, type Service, withService } from '../services.ts';

async function readHistory({ api, signal }: Context, service: Service): Promise<Entry[]> {
  return historyOf(service, await listAll(api, controllerRevisions, namespaceOf(service), signal));
}

/** How many changed fields a line of the history names. */
const fieldsShown = 3;

export const configHistory: Command = {
  name: 'config history',
  aliases: ['config list', 'debug config list'],
  summary: 'List the last accepted specs of a service',
  usage: 'SERVICE',
  options: output,
  details: 'The newest is first; `*` marks the one that the service asks for now. `control` is no part of them.',
  run: (context, { positionals: [name] }) =>
    withService(context, name, async (service) => {
      const history = await readHistory(context, service);
      const { out } = context;
      if (history.length === 0 && out.format === 'text') out.line('no spec has been accepted yet');
      const rows = history.map((entry) => [
        `${entry.revision}${entry.present ? '*' : ''}`,
        entry.id,
        entry.since ?? '',
        summaryOf(entry.changes),
      ]);
      out.show(history, () => out.table(['REVISION', 'ID', 'SINCE', 'CHANGED'], rows));
      return exit.ok;
    }),
};

function summaryOf(changes: readonly string[]): string {
  const more = changes.length - fieldsShown;
  return [...changes.slice(0, fieldsShown), ...(more > 0 ? [`and ${more} more`] : [])].join(', ');
}

export const configDiff: Command = {
  name: 'config diff',
  summary: 'Show how two specs of a service differ',
  usage: 'SERVICE [REVISION [REVISION]]',
  details:
    'Without a revision: what the last change was. With one: from that revision to the present spec. With two: from the first to the second. A revision is named by its number or its id.',
  run: (context, { positionals: [name, ...revisions] }) =>
    withService(context, name, async (service) => {
      const sides = sidesOf(service, await readHistory(context, service), revisions);
      const { out } = context;
      if (!sides.ok) {
        out.error(sides.message);
        return exit.failure;
      }
      const lines = specDiff(sides.before, sides.after);
      if (lines.length === 0) out.line(`${sides.before.name} and ${sides.after.name} do not differ`);
      for (const line of lines) out.line(line);
      return exit.ok;
    }),
};

type Sides = { ok: true; before: Side; after: Side } | { ok: false; message: string };

function sidesOf(service: Service, history: Entry[], revisions: readonly string[]): Sides {
  const missing = revisions.find((text) => findEntry(history, text) === undefined);
  if (missing !== undefined) return { ok: false, message: noEntry(service, history, missing) };
  const [from, to] = revisions.map((text) => findEntry(history, text));
  const before = from ?? history.find(({ present }) => !present);
  if (before === undefined) return { ok: false, message: `${service.metadata.name} has had no other spec yet` };
  return { ok: true, before: sideOf(before), after: to === undefined ? presentSide(service) : sideOf(to) };
}

function sideOf({ revision, spec }: Entry): Side {
  return { name: `revision ${revision}`, spec };
}

function presentSide({ spec }: Service): Side {
  const { control: _control, ...rest } = spec ?? {};
  return { name: 'the present spec', spec: rest };
}

export const configRollback: Command = {
  name: 'config rollback',
  summary: 'Go back to an accepted spec',
  usage: 'SERVICE',
  options: { to: { type: 'string', value: 'REVISION', summary: 'The number or the id of the revision.' } },
  details:
    'Writes that spec to the service, which the operator then follows as any other change; `control` stays as it is. Where a GitOps tool keeps the service, go back there instead: it would undo this.',
  run: (context, args) =>
    withService(context, args.positionals[0], async (service) => {
      const to = args.text('to');
      if (to === undefined) {
        context.out.error('config rollback needs --to REVISION: see kubectl stateward config history');
        return exit.usage;
      }
      const history = await readHistory(context, service);
      const entry = findEntry(history, to);
      if (entry !== undefined) return rollBack(context, service, entry);
      context.out.error(noEntry(service, history, to));
      return exit.failure;
    }),
};

/** The operator writes status every moment while a plan moves, so a conflict is usual and says nothing of the spec. */
const attempts = 10;

async function rollBack(context: Context, service: Service, entry: Entry): Promise<number> {
  const { api, signal, out } = context;
  const { name } = service.metadata;
  for (let attempt = 1, live: Service | undefined = service; live !== undefined; attempt += 1) {
    if (specRevision(live.spec) === entry.id) {
      out.line(`${name} has the spec of revision ${entry.revision} already`);
      return exit.ok;
    }
    try {
      await api.update(resourceOf(live), withSpec(live, entry.spec), { signal });
      out.line(`${name} goes back to revision ${entry.revision}: see kubectl stateward plan ${name}`);
      return exit.ok;
    } catch (error) {
      if (!(error instanceof ApiError && error.isConflict) || attempt >= attempts) throw error;
    }
    await context.clock.sleep(attempt * 50, signal);
    live = await readAgain(context, service);
  }
  out.error(`${name} was deleted meanwhile`);
  return exit.failure;
}

/** Another service of the same name is not the one that the history is of. */
async function readAgain({ api, signal }: Context, service: Service): Promise<Service | undefined> {
  const live = await api.read(resourceOf(service), refOf(service), { signal });
  return live?.metadata.uid === service.metadata.uid ? live : undefined;
}

function withSpec(live: Service, spec: JsonRecord): Service {
  const control = live.spec?.control;
  return { ...live, spec: { ...spec, ...(control === undefined ? {} : { control }) } };
}
