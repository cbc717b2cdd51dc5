import type { DatabaseSpec } from '../../../api/v1alpha1/database.ts';

/**
 * What the API describes and this version does not do yet. It is refused with a sentence, because
 * ignoring it would connect in another way than the author asked for.
 */
const UNSUPPORTED: readonly {
  readonly field: string;
  readonly isUsed: (spec: DatabaseSpec) => boolean;
  readonly remedy: string;
}[] = [
  {
    field: 'spec.zookeeper.client.tls.enabled',
    isUsed: (spec) => spec.zookeeper?.client?.tls.enabled === true,
    remedy: 'connections without TLS only: give the plain client port and leave it out.',
  },
  {
    field: 'spec.zookeeper.client.authentication: Sasl',
    isUsed: (spec) => spec.zookeeper?.client?.authentication === 'Sasl',
    remedy: 'Auto, Digest and None: use one of them.',
  },
];

/** A sentence about the first field that this version cannot honour; undefined if there is none. */
export function unsupportedInDatabase(spec: DatabaseSpec): string | undefined {
  const found = UNSUPPORTED.find((entry) => entry.isUsed(spec));
  return found && `${found.field} is not supported by this version, which does ${found.remedy}`;
}
