import { SYNCHRONIZATION_KIND } from '../../../api/groups.ts';
import { ANNOTATIONS, labelValue, LABELS } from '../../../api/labels.ts';
import { isJsonObject, omit, type JsonObject } from '../../kube/json-fields.ts';
import { controllerReference, type KubeObject, type Manifest } from '../../kube/objects.ts';
import type { Start } from './verdict.ts';

/**
 * What is noted at a Synchronization about itself. A template that was made of the YAML of one has them,
 * and would make nothing but copies of one that has run already.
 */
const MARKS = [ANNOTATIONS.startedUid, ANNOTATIONS.scheduledTimestamp] as const;

/**
 * The Synchronization that a plan makes: its template as its author wrote it, under a name that
 * depends on the slot alone, so that making it twice meets the first one.
 */
export function childManifest(plan: KubeObject, start: Start): Manifest {
  const { namespace, name } = plan.metadata;
  const template = fieldOf(fieldOf(plan, 'spec'), 'template');
  const metadata = fieldOf(template, 'metadata');
  const { scheduledTimestamp } = start;
  return {
    apiVersion: SYNCHRONIZATION_KIND.apiVersion,
    kind: SYNCHRONIZATION_KIND.kind,
    metadata: {
      name: start.name,
      namespace,
      labels: { ...stringsOf(metadata, 'labels'), [LABELS.synchronizationPlan]: labelValue(name) },
      annotations: {
        ...omit(stringsOf(metadata, 'annotations'), ...MARKS),
        ...(scheduledTimestamp === undefined
          ? {}
          : { [ANNOTATIONS.scheduledTimestamp]: scheduledTimestamp }),
      },
      ownerReferences: [controllerReference(plan)],
    },
    spec: fieldOf(template, 'spec'),
  };
}

function fieldOf(object: JsonObject, field: string): JsonObject {
  const value = object[field];
  return isJsonObject(value) ? value : {};
}

/** The spec has been parsed: the values are strings. */
function stringsOf(object: JsonObject, field: string): Readonly<Record<string, string>> {
  return fieldOf(object, field) as Readonly<Record<string, string>>;
}
