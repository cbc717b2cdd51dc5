import { expect, test } from '@jest/globals';
import { bucketBackend, parseBucket } from './bucket.ts';

const awsS3 = { name: 'backups', region: 'eu-west-1', secretName: 'aws' };
const gcpCloudStorage = { name: 'backups', secretName: 'gcp' };

const buckets = [
  { title: 'S3 alone', spec: { awsS3 }, expected: { kind: 'awsS3' } },
  { title: 'GCS alone', spec: { gcpCloudStorage }, expected: { kind: 'gcpCloudStorage' } },
  { title: 'neither', spec: {}, expected: { kind: 'none', reason: 'NoBackend' } },
  {
    title: 'both',
    spec: { awsS3, gcpCloudStorage },
    expected: { kind: 'none', reason: 'SeveralBackends' },
  },
];

test.each(buckets)('a Bucket with $title is accepted and judged', ({ spec, expected }) => {
  const parsed = parseBucket({
    apiVersion: 'assets.astronetes.io/v1alpha1',
    kind: 'Bucket',
    metadata: { name: 'backups' },
    spec,
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  expect(bucketBackend(parsed.value.spec)).toMatchObject(expected);
});
