import { eventually } from '../../testing/eventually.ts';
import type { Kubectl } from './kubectl.ts';

export interface SeenCondition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

export interface SeenObject {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly ownerReferences?: readonly { readonly uid: string }[];
  };
  readonly status?: {
    readonly conditions?: readonly SeenCondition[];
    readonly attempts?: number;
    readonly jobName?: string;
    readonly phase?: string;
    readonly result?: Readonly<Record<string, unknown>>;
    readonly [field: string]: unknown;
  };
}

interface SeenEvent {
  readonly type: string;
  readonly reason: string;
  readonly message: string;
  readonly involvedObject: { readonly uid: string };
}

/** One look at everything of ours in a namespace, `Kind/name` each. */
export interface SeenNamespace {
  /** Throws if it does not exist. */
  object(id: string): SeenObject;
  /** A condition of an object; undefined if it does not have it. */
  condition(id: string, type: string): SeenCondition | undefined;
  /** Events about an object, `Type Reason message` each, as `kubectl describe` has them. */
  events(id: string): readonly string[];
  /** Objects of a kind that an object controls. */
  ownedBy(id: string, kind: string): readonly SeenObject[];
}

const KINDS = 'databases,synchronizations,synchronizationplans,jobs,pods,events';

/** Looks once. */
export async function look(kubectl: Kubectl, namespace: string): Promise<SeenNamespace> {
  const { items } = await kubectl.get<{ items: readonly SeenObject[] }>(['-n', namespace, KINDS]);
  const object = (id: string): SeenObject => {
    const found = items.find(({ kind, metadata: { name } }) => `${kind}/${name}` === id);
    if (found === undefined) throw new Error(`${id} does not exist in namespace ${namespace}`);
    return found;
  };
  const events = items.filter(({ kind }) => kind === 'Event') as unknown as readonly SeenEvent[];
  return {
    object,
    condition: (id, type) => object(id).status?.conditions?.find((each) => each.type === type),
    events: (id) => {
      const { uid } = object(id).metadata;
      return events
        .filter(({ involvedObject }) => involvedObject.uid === uid)
        .map(({ type, reason, message }) => `${type} ${reason} ${message}`);
    },
    ownedBy: (id, kind) => {
      const { uid } = object(id).metadata;
      return items.filter(
        (item) =>
          item.kind === kind && item.metadata.ownerReferences?.some((owner) => owner.uid === uid),
      );
    },
  };
}

/** A dozen pods that start at once on a busy machine take minutes; none of this is waited in vain. */
const TIMEOUT_MS = 180_000;
const INTERVAL_MS = 400;

/** Looks until the assertion holds; rejects with its last failure after three minutes. */
export async function seeEventually(
  kubectl: Kubectl,
  namespace: string,
  assertion: (seen: SeenNamespace) => void,
): Promise<SeenNamespace> {
  const description = `what is expected of namespace ${namespace}`;
  return eventually(
    async () => {
      const seen = await look(kubectl, namespace);
      assertion(seen);
      return seen;
    },
    { timeoutMs: TIMEOUT_MS, intervalMs: INTERVAL_MS, description },
  ).catch((error: unknown) => {
    // The failed assertion shows both sides; that it took too long goes without saying.
    throw error instanceof Error && error.cause instanceof Error ? error.cause : error;
  });
}
