import { check } from '../schema/check.ts';
import { applyDefaults } from '../schema/defaults.ts';
import type { Static, TSchema } from '../schema/builders.ts';
import { isRecord, nodeOf } from '../schema/node.ts';
import { missing, notAllowed, type Parsed, type Problem } from '../schema/problem.ts';
import {
  STATUS_DEFAULT,
  type KindDefinition,
  type KubernetesObject,
  type ObjectMeta,
} from './object.ts';

type ParsedObject<K extends string, Spec extends TSchema, Status extends TSchema> = Parsed<
  KubernetesObject<K, Static<Spec>, Static<Status>>
>;

/**
 * Parses an object of a kind as it comes from the API server or a file. Whatever the server would
 * have refused is refused here again: an old server may know fewer rules, an old object may be
 * older than they are.
 *
 * @returns the object with all defaults applied, or every problem found
 */
export function parseObject<K extends string, Spec extends TSchema, Status extends TSchema>(
  definition: KindDefinition<Spec, Status> & { readonly names: { readonly kind: K } },
  value: unknown,
): ParsedObject<K, Spec, Status> {
  if (!isRecord(value)) {
    const remedy = `Give an object of kind ${definition.names.kind}.`;
    return refused([notAllowed('object', value, { must: 'must be an object', remedy })]);
  }
  const heading = headingProblems(definition, value);
  if (heading.length > 0) return refused(heading);
  const metadata: ObjectMeta = value['metadata'] ?? {};
  const spec = applyDefaults(nodeOf(definition.spec), value['spec']);
  const status = applyDefaults(nodeOf(definition.status), value['status'] ?? STATUS_DEFAULT);
  const problems = [
    ...(isRecord(metadata) ? [] : [metadataProblem(metadata)]),
    ...(spec === undefined
      ? [missing('spec', nodeOf(definition.spec).description ?? '')]
      : check(nodeOf(definition.spec), spec, 'spec')),
    ...check(nodeOf(definition.status), status, 'status'),
  ];
  if (problems.length > 0) return refused(problems);
  return {
    ok: true,
    value: {
      apiVersion: definition.names.apiVersion,
      kind: definition.names.kind,
      metadata,
      // The checks above prove what the inferred types say (see check.test.ts).
      spec: spec as Static<Spec>,
      status: status as Static<Status>,
    },
  };
}

function headingProblems({ names }: KindDefinition, value: Record<string, unknown>): Problem[] {
  const expected = { apiVersion: names.apiVersion, kind: names.kind };
  return Object.entries(expected)
    .filter(([field, word]) => value[field] !== word)
    .map(([field, word]) =>
      notAllowed(field, value[field], { must: `must be ${word}`, remedy: `Write ${word} there.` }),
    );
}

function metadataProblem(metadata: unknown): Problem {
  const remedy = 'Give at least a name.';
  return notAllowed('metadata', metadata, { must: 'must be an object', remedy });
}

function refused(problems: readonly Problem[]): { ok: false; problems: readonly Problem[] } {
  return { ok: false, problems };
}
