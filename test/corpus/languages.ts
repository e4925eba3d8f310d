/** What would mean something else in the language that it is written down in: properties, YAML, a command line. */
import { type Hostile, hostile, inPool } from './hostile.ts';

export const languages: readonly Hostile[] = [
  ...hostile('KafkaCluster', 'Parse', [
    [
      'another setting in the key of one',
      { config: { 'a\nsuper.users': 'User:eve' } },
      'spec.config["a\\nsuper.users"]',
    ],
    [
      'a value in the key of a setting',
      { config: { 'super.users=User:eve;x': '' } },
      'spec.config["super.users=User:eve;x"]',
    ],
    ['a key that YAML has no characters for', { config: { 'a\u007f\u0085': 'x' } }, 'spec.config["a'],
    ['a comment for a setting', { config: { '#a': 'x' } }, 'spec.config["#a"]'],
    ['an escape in the key of a setting', { config: { '\\u006eode.id': '7' } }, 'spec.config["\\\\u006eode.id"]'],
    ['a space before the key of a setting', { config: { ' node.id': '7' } }, 'spec.config[" node.id"]'],
    ['a capital letter before the key of a setting', { config: { 'Node.id': '7' } }, 'spec.config["Node.id"]'],
    ['no key of a setting', { config: { '': '7' } }, 'spec.config[""]'],
    ['a key of 257 characters', { config: { ['a'.repeat(257)]: 'x' } }, 'spec.config.aaaa'],
  ]),
  ...hostile('KafkaCluster', 'Reconcile', [
    ['the id of another node', { config: { 'node.id': '7' } }, 'spec.config[node.id]'],
    ['another authorizer', { config: { 'authorizer.class.name': 'x' } }, 'spec.config[authorizer.class.name]'],
    ['super users', { config: { 'super.users': 'User:eve' } }, 'spec.config[super.users]'],
    [
      'a provider that reads files',
      { config: { 'config.providers.file.class': 'x' } },
      'spec.config[config.providers.file.class]',
    ],
    [
      'a listener',
      { config: { 'listener.name.internal.ssl.client.auth': 'none' } },
      'spec.config[listener.name.internal.ssl.client.auth]',
    ],
    ['a login of JAAS', { config: { 'sasl.jaas.config': 'x required;' } }, 'spec.config[sasl.jaas.config]'],
    ['a folder of the node', { config: { 'log.dirs': '/' } }, 'spec.config[log.dirs]'],
    ['the port of the quorum', { listeners: [{ name: 'a', port: 9090 }] }, 'spec.listeners[a].port'],
    ['the port of the agent', { listeners: [{ name: 'a', port: 8778 }] }, 'spec.listeners[a].port'],
  ]),
  ...hostile('KafkaCluster', 'ApiServer', [
    ['an option that is none', inPool({ jvm: { options: ['kafka.Kafka'] } }), 'spec.pools[0].jvm.options[0]'],
    ['a file of options', inPool({ jvm: { options: ['@/tmp/x'] } }), 'spec.pools[0].jvm.options[0]'],
    ['a space before an option', inPool({ jvm: { options: [' -Dx=y'] } }), 'spec.pools[0].jvm.options[0]'],
    ['a line before an option', inPool({ jvm: { options: ['\n-Dx=y'] } }), 'spec.pools[0].jvm.options[0]'],
    ['an option of a command for an image', { image: '--privileged' }, 'spec.image'],
    ['a command in an image', { image: 'a;id' }, 'spec.image'],
    ['a space in an image', { image: 'a b' }, 'spec.image'],
    ['a setting that is a list', { config: { 'log.dirs': ['a'] } }, 'spec.config'],
    ['a setting that is a number', { config: { 'num.io.threads': 8 } }, 'spec.config'],
  ]),
  ...hostile('CassandraCluster', 'ApiServer', [
    ['a line in the datacenter', { datacenter: 'dc1\nrack=r9' }, 'spec.datacenter'],
    ['a comment in the datacenter', { datacenter: '#dc' }, 'spec.datacenter'],
    ['a map for the name of the cluster', { clusterName: '{a: b}' }, 'spec.clusterName'],
    ['a tag for the name of the cluster', { clusterName: '!!java.net.URL' }, 'spec.clusterName'],
    ['a document in the name of the cluster', { clusterName: 'a\n---\nb' }, 'spec.clusterName'],
    ['a path in a uid', { adoptVolumesFrom: '../x' }, 'spec.adoptVolumesFrom'],
    ['a list of settings', { config: ['num_tokens'] }, 'spec.config'],
  ]),
  ...hostile('CassandraCluster', 'Reconcile', [
    ['another authenticator', { config: { authenticator: 'AllowAllAuthenticator' } }, 'spec.config.authenticator'],
    [
      'a field of a setting of ours',
      { config: { 'jmx_server_options.enabled': true } },
      'spec.config.jmx_server_options.enabled',
    ],
    ['all fields at once', { config: { '<<': { authorizer: 'AllowAllAuthorizer' } } }, 'spec.config.<<'],
    ['all fields of a value', { config: { memtable: { '<<': {} } } }, 'spec.config.memtable.<<'],
    ['another line in a key', { config: { 'a: 1\nauthorizer': 'x' } }, 'spec.config.a: 1'],
    ['a space after a key', { config: { 'seed_provider ': [] } }, 'spec.config.seed_provider '],
    ['a letter that looks like another', { config: { '\u0430uthorizer': 'x' } }, 'uthorizer'],
    ['a zero in a value', { config: { memtable: { a: ['\u0000'] } } }, 'spec.config.memtable.a[0]'],
    [
      'another line of YAML 1.1 in a value',
      { config: { heap_dump_path: 'x\u2028authenticator:\u2028 AllowAllAuthenticator' } },
      'spec.config.heap_dump_path',
    ],
    ['a character that YAML does not print', { config: { heap_dump_path: '/\u007f' } }, 'spec.config.heap_dump_path'],
    [
      'more digits than a number has',
      { config: { column_index_cache_size: 2 ** 60 } },
      'spec.config.column_index_cache_size',
    ],
    ['an empty key', { config: { '': 1 } }, 'spec.config. '],
  ]),
  ...hostile('KafkaTopic', 'Parse', [
    ['another setting in the key of one', { cluster: 'demo', config: { 'a\nb': '1' } }, 'spec.config["a\\nb"]'],
    ['no key of a setting', { cluster: 'demo', config: { '': '1' } }, 'spec.config[""]'],
  ]),
  ...hostile('KafkaTopic', 'ApiServer', [
    ['the topic of offsets', { cluster: 'demo', name: '__consumer_offsets' }, 'spec.name'],
    ['the topic of the cluster', { cluster: 'demo', name: '__cluster_metadata' }, 'spec.name'],
    ['a folder', { cluster: 'demo', name: '..' }, 'spec.name'],
    ['this folder', { cluster: 'demo', name: '.' }, 'spec.name'],
    ['a folder within', { cluster: 'demo', name: 'a/b' }, 'spec.name'],
  ]),
  ...hostile('KafkaUser', 'ApiServer', [
    [
      'a path for the key of a Secret',
      { cluster: 'demo', authentication: { passwordFrom: { name: 'a', key: '../b' } } },
      'spec.authentication.passwordFrom.key',
    ],
    [
      'a rule of an unknown operation',
      { cluster: 'demo', acls: [{ resource: { type: 'Topic', name: 'a' }, operations: ['Root'] }] },
      'spec.acls[0].operations[0]',
    ],
    [
      'a rule of an unknown thing',
      { cluster: 'demo', acls: [{ resource: { type: 'User', name: 'a' }, operations: ['Read'] }] },
      'spec.acls[0].resource.type',
    ],
    [
      'a name for the cluster',
      { cluster: 'demo', acls: [{ resource: { type: 'Cluster', name: 'a' }, operations: ['All'] }] },
      'spec.acls[0].resource.name',
    ],
  ]),
];
