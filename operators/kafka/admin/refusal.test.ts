import assert from 'node:assert/strict';
import { ResponseError } from '@platformatic/kafka';
import { refusalOf } from './refusal.ts';

const answerOf = (code: number, message: string | null) =>
  Promise.reject(new ResponseError(44, 1, { '/': [code, message] }, undefined));

describe('an answer of Kafka', () => {
  it('is no refusal without an error', async () => assert.equal(await refusalOf(Promise.resolve(7), [40]), undefined));
  it('is a refusal with an error that is expected', async () =>
    assert.deepEqual(await refusalOf(answerOf(40, 'no'), [42, 40]), { code: 40, message: 'no' }));
  it('is a failure with another error', () => assert.rejects(refusalOf(answerOf(41, 'no'), [42, 40]), ResponseError));
  it('is a failure without an answer', () =>
    assert.rejects(refusalOf(Promise.reject(new Error('closed')), [40]), /closed/));
});
