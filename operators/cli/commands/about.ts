/** `help` and `version`: about the command line itself. */
import { cassandraVersions } from '../../../crds/cassandra-cluster.ts';
import { kafkaVersions } from '../../../crds/kafka-cluster.ts';
import { version as apiVersion, group } from '../../../crds/lib/kind.ts';
import { type AnyCommand, exit, type LocalCommand } from '../command.ts';
import { overview, verbHelp } from '../help.ts';
import { output } from '../options.ts';
import { matchVerb } from '../parse.ts';

/** Of these verbs and of itself. */
export function help(others: readonly AnyCommand[]): LocalCommand {
  const command: LocalCommand = {
    name: 'help',
    usage: '[VERB...]',
    summary: 'Say what there is, or what a verb does and takes',
    runLocal: (out, { positionals: words }) => {
      const commands = [...others, command];
      const match = words.length === 0 ? undefined : matchVerb(words, new Set(), commands);
      const known = words.length === 0 || (match !== undefined && match.words === words.length);
      if (known) out.line((match === undefined ? overview(commands) : verbHelp(match.command)).trimEnd());
      else out.error(`there is no verb ${words.join(' ')}; see: kubectl stateward help`);
      return known ? exit.ok : exit.usage;
    },
  };
  return command;
}

export function version(number: string): LocalCommand {
  const about = {
    version: number,
    apiVersion: `${group}/${apiVersion}`,
    kafka: [...kafkaVersions],
    cassandra: [...cassandraVersions],
  };
  return {
    name: 'version',
    usage: '',
    summary: 'Say the version, and the versions of Kafka and Cassandra that it knows',
    options: output,
    runLocal: (out) => {
      out.show(about, () => {
        out.line(`kubectl-stateward ${about.version}, for ${about.apiVersion}`);
        out.line(`Kafka ${about.kafka.join(', ')}; Cassandra ${about.cassandra.join(', ')}`);
      });
      return exit.ok;
    },
  };
}
