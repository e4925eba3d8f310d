import assert from 'node:assert/strict';
import { ResponseError, Writer } from '@platformatic/kafka';
import type { Partition } from './admin.ts';
import { listPartitions } from './list-partitions.ts';
import { connectionOf } from './testing/connection.ts';

interface Row {
  index: number;
  leader: number;
  replicas: number[];
  inSync: number[];
  error?: number;
}

const ids = (writer: Writer, values: number[]): Writer =>
  writer.appendArray(values, (each, value) => each.appendInt32(value), true, false);

/** As `MetadataResponse.json` of Kafka 4.3 lays it out, version 12. */
function metadata(topics: [name: string, rows: Row[], error?: number][]): Writer {
  return Writer.create()
    .appendInt32(0)
    .appendArray([0, 1], (writer, nodeId) => {
      writer.appendInt32(nodeId).appendString('host').appendInt32(9091).appendString(null);
    })
    .appendString('the-id')
    .appendInt32(1)
    .appendArray(topics, (writer, [name, rows, error = 0]) => {
      writer.appendInt16(error).appendString(name).appendUUID(null).appendBoolean(name.startsWith('__'));
      writer.appendArray(rows, appendRow).appendInt32(-2147483648);
    })
    .appendTaggedFields();
}

function appendRow(writer: Writer, { index, leader, replicas, inSync, error = 0 }: Row): void {
  writer.appendInt16(error).appendInt32(index).appendInt32(leader).appendInt32(4);
  ids(ids(ids(writer, replicas), inSync), []);
}

/** As `DescribeConfigsResponse.json` lays it out, version 4; undefined for a topic that is gone. */
function configs(topics: [name: string, minInSync: string | undefined, error?: number][]): Writer {
  return Writer.create()
    .appendInt32(0)
    .appendArray(topics, (writer, [name, minInSync, error = minInSync === undefined ? 3 : 0]) => {
      writer
        .appendInt16(error)
        .appendString(error === 0 ? null : 'no')
        .appendInt8(2)
        .appendString(name);
      writer.appendArray(minInSync === undefined ? [] : [minInSync], (config, value) => {
        config.appendString('min.insync.replicas').appendString(value).appendBoolean(false).appendInt8(4);
        config
          .appendBoolean(false)
          .appendArray([], () => {})
          .appendInt8(3)
          .appendString(null);
      });
    })
    .appendTaggedFields();
}

async function listed(...answers: Writer[]): Promise<string[]> {
  const partitions = await listPartitions(connectionOf(...answers).connection);
  return partitions.map(told);
}

function told({ topic, index, leader, replicas, inSync, minInSync }: Partition): string {
  return `${topic}-${index} led by ${leader} on ${replicas} isr ${inSync} min ${minInSync}`;
}

const row = (index: number, parts: Partial<Row> = {}): Row => ({
  index,
  leader: 0,
  replicas: [0, 1],
  inSync: [1, 0],
  ...parts,
});

describe('the partitions of a cluster', () => {
  it('are those of all topics, with the minimum of each', async () => {
    const { connection, sent } = connectionOf(metadata([['b', [row(0)]]]), configs([['b', '2']]));
    await listPartitions(connection);
    assert.deepEqual(sent, [
      // topics: all; create topics: no; authorized operations: no; no tagged fields
      { key: 3, version: 12, request: Buffer.from([0, 0, 0, 0]) },
      {
        key: 32,
        version: 4,
        // one resource: a topic, `b`, one key; synonyms: no; documentation: no
        request: Buffer.concat([
          Buffer.from([2, 2, 2]),
          Buffer.from('b'),
          Buffer.from([2, 20]),
          Buffer.from('min.insync.replicas'),
          Buffer.from([0, 0, 0, 0]),
        ]),
      },
    ]);
  });

  it('come in order, internal ones too, and without a leader as well', async () =>
    assert.deepEqual(
      await listed(
        metadata([
          ['b', [row(1, { leader: -1, inSync: [], error: 5 }), row(0)]],
          ['__offsets', [row(0, { leader: -1, error: 72 })]],
        ]),
        configs([
          ['b', '2'],
          ['__offsets', '1'],
        ]),
      ),
      [
        '__offsets-0 led by -1 on 0,1 isr 1,0 min 1',
        'b-0 led by 0 on 0,1 isr 1,0 min 2',
        'b-1 led by -1 on 0,1 isr  min 2',
      ],
    ));

  it('are asked for their minimum in parts', async () => {
    const names = Array.from({ length: 1_001 }, (_, index) => `t${String(index).padStart(4, '0')}`);
    const part = (from: number, to: number) => configs(names.slice(from, to).map((name) => [name, '1']));
    const answers = [
      metadata(names.map((name) => [name, [row(0)]])),
      part(0, 500),
      part(500, 1_000),
      part(1_000, 1_001),
    ];
    assert.equal((await listed(...answers)).length, 1_001);
  });

  it('are none where there is no topic, without another question', async () =>
    assert.deepEqual(await listed(metadata([])), []));

  it('leave out a topic that is deleted meanwhile', async () => {
    const answers = [
      metadata([
        ['a', [row(0)]],
        ['b', [row(0)]],
      ]),
      configs([
        ['a', undefined],
        ['b', '2'],
      ]),
    ];
    assert.deepEqual(await listed(...answers), ['b-0 led by 0 on 0,1 isr 1,0 min 2']);
  });

  const broken: [string, Writer[]][] = [
    ['a topic that is not told', [metadata([['a', [], 29]])]],
    ['a partition that is not told', [metadata([['a', [row(0, { error: 56 })]]])]],
    ['a configuration that is not told', [metadata([['a', [row(0)]]]), configs([['a', '2', 29]])]],
  ];
  for (const [name, answers] of broken) {
    it(`are unknown for ${name}`, () => assert.rejects(listed(...answers), ResponseError));
  }

  it('are unknown for a minimum that is no number', () =>
    assert.rejects(listed(metadata([['a', [row(0)]]]), configs([['a', 'many']])), /no min\.insync\.replicas for a/));
});
