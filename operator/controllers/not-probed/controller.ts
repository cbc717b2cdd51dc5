import { setCondition, type Condition, type ConditionUpdate } from '../../../api/conditions.ts';
import type { Reason } from '../../../api/reasons.ts';
import { describeProblems, type Parsed } from '../../../api/schema/problem.ts';
import type { Static, TSchema } from '../../../api/schema/builders.ts';
import { BUCKET, bucketBackend } from '../../../api/v1alpha1/bucket.ts';
import { KUBERNETES_CLUSTER } from '../../../api/v1alpha1/kubernetes-cluster.ts';
import type { KindDefinition } from '../../../api/v1alpha1/object.ts';
import type { Clock } from '../../../common/clock.ts';
import type { StatusStore } from '../../kube/custom-resource-store.ts';
import type { Reconcile } from '../../runtime/controller.ts';
import { parseResource } from '../parse-resource.ts';

/** What the Ready condition of an asset says that nobody probes. */
export type AssetVerdict = Pick<ConditionUpdate<Reason>, 'status' | 'reason' | 'message'>;

/** A kind of asset that is accepted, and judged only by what stands in its spec. */
export interface NotProbedAsset {
  readonly definition: KindDefinition;
  readonly judge: (spec: unknown) => AssetVerdict;
}

export interface NotProbedDependencies {
  readonly assets: StatusStore;
  readonly clock: Clock;
}

const NOT_PROBED: AssetVerdict = {
  status: 'Unknown',
  reason: 'NotProbed',
  message:
    'Accepted. This version does not try to reach it, so nobody knows whether it can be used.',
};

const BACKEND_PROBLEMS = {
  NoBackend: 'The spec names no storage: set spec.awsS3 or spec.gcpCloudStorage.',
  SeveralBackends: 'The spec names two storages: keep one of spec.awsS3 and spec.gcpCloudStorage.',
} as const;

export const NOT_PROBED_ASSETS: readonly NotProbedAsset[] = [
  asset(BUCKET, (spec) => {
    const backend = bucketBackend(spec);
    if (backend.kind !== 'none') return NOT_PROBED;
    const message = BACKEND_PROBLEMS[backend.reason];
    return { status: 'False', reason: backend.reason, message };
  }),
  asset(KUBERNETES_CLUSTER, () => NOT_PROBED),
];

/** Makes the reconcile of a kind whose status depends on nothing but its spec. */
export function notProbedReconcile(
  { definition, judge }: NotProbedAsset,
  { assets, clock }: NotProbedDependencies,
): Reconcile {
  return async (key, { signal }) => {
    const object = await assets.get(key, signal);
    if (object?.metadata.deletionTimestamp !== undefined || object === undefined) return {};
    const { spec, status } = parseResource(definition, object);
    const { conditions = [] } = status as { readonly conditions?: readonly Condition[] };
    const { generation } = object.metadata;
    const update: ConditionUpdate = {
      ...verdictOf(spec, judge),
      type: 'Ready',
      observedGeneration: generation,
    };
    await assets.writeStatus(
      object,
      {
        observedGeneration: generation,
        conditions: setCondition(conditions, update, clock.now()),
      },
      signal,
    );
    return {};
  };
}

function verdictOf(spec: Parsed<unknown>, judge: NotProbedAsset['judge']): AssetVerdict {
  if (spec.ok) return judge(spec.value);
  return { status: 'False', reason: 'InvalidSpec', message: describeProblems(spec.problems) };
}

/** Ties a judge to the schema that its argument was parsed by. */
function asset<Spec extends TSchema, Status extends TSchema>(
  definition: KindDefinition<Spec, Status>,
  judge: (spec: Static<Spec>) => AssetVerdict,
): NotProbedAsset {
  return { definition, judge: (spec) => judge(spec as Static<Spec>) };
}
