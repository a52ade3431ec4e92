import type { LifecycleRule } from '@aws-sdk/client-s3';
import { dangersOf } from './lifecycle-rules.js';

const on = { Status: 'Enabled' } as const;

describe('the rules of a bucket', () => {
  it.each<[string, LifecycleRule]>([
    ['delete everything', { ...on, Filter: { Prefix: '' }, Expiration: { Days: 30 } }],
    ['delete blobs', { ...on, Filter: { Prefix: 'blobs/' }, Expiration: { Days: 30 } }],
    ['delete some blobs', { ...on, Filter: { Prefix: 'blobs/sha256/00' }, Expiration: { Days: 30 } }],
    ['delete records on a day', { ...on, Filter: { Prefix: 'rec' }, Expiration: { Date: new Date() } }],
    ['delete what has a tag', { ...on, Filter: { And: { Prefix: 'blobs/' } }, Expiration: { Days: 1 } }],
    ['archive', { ...on, Filter: {}, Transitions: [{ Days: 1, StorageClass: 'GLACIER' }] }],
  ])('are a loss when they %s', (_what, rule) => {
    expect(dangersOf([rule])).toMatchObject([{ isLoss: true }]);
  });

  it('are no loss, but worth a word, when they end uploads early', () => {
    const rule = {
      ...on,
      ID: 'tidy',
      Filter: {},
      AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
    };
    expect(dangersOf([rule])).toEqual([
      { isLoss: false, what: 'The rule "tidy" ends uploads that are 1 days old.' },
    ]);
  });

  it.each<[string, LifecycleRule]>([
    ['are switched off', { Status: 'Disabled', Filter: {}, Expiration: { Days: 30 } }],
    ['are about other keys', { ...on, Filter: { Prefix: 'logs/' }, Expiration: { Days: 30 } }],
    ['are about probes', { ...on, Filter: { Prefix: 'probes/' }, Expiration: { Days: 1 } }],
    ['are about old versions', { ...on, Filter: {}, NoncurrentVersionExpiration: { NoncurrentDays: 1 } }],
    ['end uploads late', { ...on, Filter: {}, AbortIncompleteMultipartUpload: { DaysAfterInitiation: 8 } }],
  ])('do no harm when they %s', (_what, rule) => {
    expect(dangersOf([rule])).toEqual([]);
  });
});
