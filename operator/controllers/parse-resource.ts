import { check } from '../../api/schema/check.ts';
import { applyDefaults } from '../../api/schema/defaults.ts';
import { nodeOf } from '../../api/schema/node.ts';
import type { Parsed } from '../../api/schema/problem.ts';
import type { Static, TSchema } from '../../api/schema/builders.ts';
import { STATUS_DEFAULT, type KindDefinition } from '../../api/v1alpha1/object.ts';
import { parseObject } from '../../api/v1alpha1/parse.ts';
import type { KubeObject } from '../kube/objects.ts';

/** Spec and status of an object, judged one by one. */
export interface ResourceParts<Spec, Status> {
  readonly spec: Parsed<Spec>;
  readonly status: Status;
}

/**
 * Parses what a user wrote and what we wrote apart: an invalid spec must not hide what has become
 * of the object so far. A status that nobody of ours can have written counts as none.
 */
export function parseResource<Spec extends TSchema, Status extends TSchema>(
  definition: KindDefinition<Spec, Status>,
  object: KubeObject,
): ResourceParts<Static<Spec>, Static<Status>> {
  const parsed = parseObject(definition, { ...object, status: undefined });
  return {
    spec: parsed.ok ? { ok: true, value: parsed.value.spec } : parsed,
    status: parseStatus(definition, object.status),
  };
}

function parseStatus<Status extends TSchema>(
  definition: KindDefinition<TSchema, Status>,
  status: unknown,
): Static<Status> {
  const node = nodeOf(definition.status);
  const filled = applyDefaults(node, status ?? STATUS_DEFAULT);
  // `check` proves what the inferred type says.
  if (check(node, filled, 'status').length === 0) return filled as Static<Status>;
  return applyDefaults(node, STATUS_DEFAULT) as Static<Status>;
}
