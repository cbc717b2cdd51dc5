import type { KindName } from '../groups.ts';
import type { TSchema } from '../schema/builders.ts';

/** metadata, as far as we read or write it. */
export interface ObjectMeta {
  name?: string;
  generateName?: string;
  namespace?: string;
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  creationTimestamp?: string;
  deletionTimestamp?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: OwnerReference[];
}

/** Who an object belongs to; with the owner it is garbage-collected. */
export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
}

/** A whole object of one of our kinds. */
export interface KubernetesObject<K extends string, Spec, Status> {
  apiVersion: string;
  kind: K;
  metadata: ObjectMeta;
  spec: Spec;
  status: Status;
}

/** A column of `kubectl get`. */
export interface PrinterColumn {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'date' | 'boolean';
  readonly jsonPath: string;
  readonly description: string;
  /** 1: only with `-o wide`. */
  readonly priority?: 1;
}

/** Everything about a kind: the parser, the CRD and the reference are made from it. */
export interface KindDefinition<Spec extends TSchema = TSchema, Status extends TSchema = TSchema> {
  readonly names: KindName;
  readonly description: string;
  readonly categories: readonly string[];
  readonly columns: readonly PrinterColumn[];
  readonly spec: Spec;
  readonly status: Status;
}

/** What every status begins as: kstatus takes an object without it for done before anyone looked. */
export const STATUS_DEFAULT = { observedGeneration: -1 } as const;

/** Categories of all kinds: `kubectl get astronetes`. */
export const CATEGORIES = ['astronetes', 'resiliency'] as const;

export const AGE_COLUMN: PrinterColumn = {
  name: 'Age',
  type: 'date',
  jsonPath: '.metadata.creationTimestamp',
  description: 'When the object was created.',
};

/** Columns READY and REASON of the Ready condition, and its message with `-o wide`. */
export const READY_COLUMNS = {
  status: conditionColumn('Ready', 'Ready', 'status', 'Whether it can be used.'),
  reason: conditionColumn('Reason', 'Ready', 'reason', 'Why, in one word.'),
  message: {
    ...conditionColumn('Message', 'Ready', 'message', 'Why, in a sentence.'),
    priority: 1,
  },
} as const satisfies Record<string, PrinterColumn>;

/** A column with one field of one condition. */
export function conditionColumn(
  name: string,
  type: string,
  field: 'status' | 'reason' | 'message',
  description: string,
): PrinterColumn {
  const jsonPath = `.status.conditions[?(@.type=="${type}")].${field}`;
  return { name, type: 'string', jsonPath, description };
}
