import { BUCKET_KIND } from '../groups.ts';
import { flag, optional, structure, text, type Static } from '../schema/builders.ts';
import type { Parsed } from '../schema/problem.ts';
import { conditions, objectName, observedGeneration } from './fields.ts';
import {
  AGE_COLUMN,
  CATEGORIES,
  READY_COLUMNS,
  STATUS_DEFAULT,
  type KindDefinition,
  type KubernetesObject,
} from './object.ts';
import { parseObject } from './parse.ts';

const awsS3 = structure(
  {
    name: text({ description: 'Name of the bucket.', minLength: 1, maxLength: 255 }),
    region: text({
      description: 'Region of the bucket, for example eu-west-1.',
      minLength: 1,
      maxLength: 64,
    }),
    secretName: objectName(
      'Name of the Secret with accessKeyID, secretAccessKey and, for temporary credentials, sessionToken.',
    ),
    endpoint: optional(
      text({
        description: 'Address of an S3-compatible service other than AWS: https://minio:9000.',
        maxLength: 2048,
        pattern: {
          regex: '^https?://[^/@]+/?$',
          must: 'must be http:// or https:// and a host, with no path or user',
          remedy: 'Write for example https://minio.storage:9000.',
        },
      }),
    ),
    forcePathStyle: flag({
      description: 'Address the bucket in the path instead of the host name, as most others need.',
      default: false,
    }),
  },
  { description: 'A bucket of AWS S3, or of a service that speaks its protocol.' },
);

const gcpCloudStorage = structure(
  {
    name: text({ description: 'Name of the bucket.', minLength: 1, maxLength: 255 }),
    secretName: objectName('Name of the Secret with application_default_credentials.json.'),
  },
  { description: 'A bucket of Google Cloud Storage.' },
);

const spec = structure(
  { gcpCloudStorage: optional(gcpCloudStorage), awsS3: optional(awsS3) },
  { description: 'Where the bucket is: exactly one of the two.' },
);

const status = structure(
  { observedGeneration, conditions },
  { description: 'What the operator found out.', default: STATUS_DEFAULT },
);

/** Bucket: an asset that holds objects. */
export const BUCKET = {
  names: BUCKET_KIND,
  description: 'A Bucket of an object store, and how to reach it.',
  categories: CATEGORIES,
  columns: [
    READY_COLUMNS.status,
    READY_COLUMNS.reason,
    {
      name: 'S3',
      type: 'string',
      jsonPath: '.spec.awsS3.name',
      description: 'Name of the S3 bucket.',
    },
    {
      name: 'GCS',
      type: 'string',
      jsonPath: '.spec.gcpCloudStorage.name',
      description: 'Name of the Google Cloud Storage bucket.',
    },
    AGE_COLUMN,
    READY_COLUMNS.message,
  ],
  spec,
  status,
} as const satisfies KindDefinition;

export type BucketSpec = Static<typeof spec>;
export type BucketStatus = Static<typeof status>;
export type AwsS3 = Static<typeof awsS3>;
export type GcpCloudStorage = Static<typeof gcpCloudStorage>;
export type Bucket = KubernetesObject<'Bucket', BucketSpec, BucketStatus>;

/** The one storage a Bucket names, or the reason why it names none that can be used. */
export type BucketBackend =
  | { readonly kind: 'awsS3'; readonly config: AwsS3 }
  | { readonly kind: 'gcpCloudStorage'; readonly config: GcpCloudStorage }
  | { readonly kind: 'none'; readonly reason: 'NoBackend' | 'SeveralBackends' };

/** Picks the storage of a Bucket. The schema allows none and both; they are reasons of their own. */
export function bucketBackend({ awsS3, gcpCloudStorage }: BucketSpec): BucketBackend {
  if (awsS3 && gcpCloudStorage) return { kind: 'none', reason: 'SeveralBackends' };
  if (awsS3) return { kind: 'awsS3', config: awsS3 };
  if (gcpCloudStorage) return { kind: 'gcpCloudStorage', config: gcpCloudStorage };
  return { kind: 'none', reason: 'NoBackend' };
}

/** Parses a Bucket; see {@link parseObject}. */
export function parseBucket(value: unknown): Parsed<Bucket> {
  return parseObject(BUCKET, value);
}
