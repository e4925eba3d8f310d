/** The configuration of the process, from environment variables. */
import { z } from 'zod';
import { type LogLevel, logLevels } from './log.ts';

export interface Config {
  /** Absent: the whole cluster. */
  namespaces?: string[];
  logLevel: LogLevel;
  /** Where `/healthz`, `/readyz` and `/metrics` are served. */
  port: number;
  /** Absent: no election, this process always leads. */
  election?: { namespace: string; name: string; identity: string };
  /** Reconciles at a time, per controller. */
  workers: number;
  clusterDomain: string;
  /** Where this process runs: the network lets it in to members by that. */
  operatorNamespace: string;
  images: Images;
}

export interface Images {
  /** Repositories without tag: the tag is the version in each service's spec. */
  kafka: string;
  cassandra: string;
  /** Full reference. */
  agents: string;
}

/** What the process knows of itself. */
export interface Facts {
  /** Version of this package. */
  version: string;
  /** Different for every process: host name and a random part. */
  identity: string;
}

export type ConfigResult = { kind: 'Config'; config: Config } | { kind: 'Invalid'; message: string };

const label = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
/** `[host[:port]/]path`, then perhaps `:tag` or `@algorithm:digest`. */
const repository = /^([\w.-]+(:\d+)?\/)?[a-z0-9]+([._/-]+[a-z0-9]+)*$/;
const reference = /^([\w.-]+(:\d+)?\/)?[a-z0-9]+([._/-]+[a-z0-9]+)*(:[\w][\w.-]{0,127}|@sha256:[0-9a-f]{64})$/;

const labelText = z.string().regex(label, 'is not a DNS label');
const requiredLabel = z
  .string({ error: 'is required unless STATEWARD_LEADER_ELECTION is false' })
  .regex(label, 'is not a DNS label');
const subdomainText = z.string().max(253).regex(subdomain, 'is not a DNS name');
const repositoryText = z.string().regex(repository, 'is not an image repository without tag');

/**
 * No name here ends in `_PORT`, `_SERVICE_HOST` or the like: for a Service called `stateward-…`, Kubernetes itself
 * sets such variables in every container of the namespace.
 */
function schemaFor(facts: Facts, electing: boolean) {
  return z.object({
    STATEWARD_NAMESPACES: z.string().default('').transform(items).pipe(z.array(labelText)),
    STATEWARD_LOG_LEVEL: z.enum(logLevels).default('info'),
    STATEWARD_LISTEN: wholeNumber(0, 65_535).default(8080),
    STATEWARD_LEADER_ELECTION: z.enum(['true', 'false']).default('true'),
    STATEWARD_POD_NAMESPACE: z.string({ error: 'is required' }).regex(label, 'is not a DNS label'),
    STATEWARD_LEASE_NAMESPACE: electing ? requiredLabel : labelText.optional(),
    STATEWARD_LEASE_NAME: subdomainText.default('stateward'),
    STATEWARD_IDENTITY: z.string().max(253).default(facts.identity),
    STATEWARD_WORKERS: wholeNumber(1, 100).default(4),
    STATEWARD_CLUSTER_DOMAIN: subdomainText.default('cluster.local'),
    STATEWARD_IMAGE_KAFKA: repositoryText.default('docker.io/apache/kafka'),
    STATEWARD_IMAGE_CASSANDRA: repositoryText.default('docker.io/library/cassandra'),
    STATEWARD_IMAGE_AGENTS: z
      .string()
      .regex(reference, 'is not an image reference with tag or digest')
      .default(`docker.io/stateward/agents:${facts.version}`),
  });
}

type Values = z.output<ReturnType<typeof schemaFor>>;

/** `variables`: as in `process.env`; an empty value counts as unset. */
export function readConfig(variables: Record<string, string | undefined>, facts: Facts): ConfigResult {
  const set = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ''));
  const parsed = schemaFor(facts, set['STATEWARD_LEADER_ELECTION'] !== 'false').safeParse(set);
  if (parsed.success) return { kind: 'Config', config: configOf(parsed.data) };
  return { kind: 'Invalid', message: messageOf(parsed.error.issues, set) };
}

function configOf(values: Values): Config {
  const namespaces = values.STATEWARD_NAMESPACES;
  const election = electionOf(values);
  return {
    ...(namespaces.length === 0 ? {} : { namespaces }),
    logLevel: values.STATEWARD_LOG_LEVEL,
    port: values.STATEWARD_LISTEN,
    ...(election === undefined ? {} : { election }),
    workers: values.STATEWARD_WORKERS,
    clusterDomain: values.STATEWARD_CLUSTER_DOMAIN,
    operatorNamespace: values.STATEWARD_POD_NAMESPACE,
    images: {
      kafka: values.STATEWARD_IMAGE_KAFKA,
      cassandra: values.STATEWARD_IMAGE_CASSANDRA,
      agents: values.STATEWARD_IMAGE_AGENTS,
    },
  };
}

function electionOf(values: Values): Config['election'] {
  const namespace = values.STATEWARD_LEASE_NAMESPACE;
  if (values.STATEWARD_LEADER_ELECTION === 'false' || namespace === undefined) return undefined;
  return { namespace, name: values.STATEWARD_LEASE_NAME, identity: values.STATEWARD_IDENTITY };
}

function items(text: string): string[] {
  const parts = text.split(',').map((part) => part.trim());
  return [...new Set(parts.filter((part) => part !== ''))];
}

function wholeNumber(minimum: number, maximum: number) {
  const message = `is not a whole number from ${minimum} to ${maximum}`;
  return z
    .string()
    .regex(/^\d{1,9}$/, message)
    .transform(Number)
    .refine((value) => value >= minimum && value <= maximum, message);
}

function messageOf(issues: z.core.$ZodIssue[], variables: Record<string, string | undefined>): string {
  const lines = issues.map((issue) => {
    const name = String(issue.path[0]);
    const value = variables[name];
    return `  ${name}${value === undefined ? '' : `=${JSON.stringify(value)}`}: ${issue.message}`;
  });
  return ['invalid configuration:', ...new Set(lines)].join('\n');
}
