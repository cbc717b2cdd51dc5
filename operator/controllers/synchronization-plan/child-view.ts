import { isJsonObject, pick, type JsonObject } from '../../kube/json-fields.ts';
import type { KubeObject } from '../../kube/objects.ts';
import type { View } from '../../runtime/informer.ts';

/**
 * All that is looked at of a plan's Synchronizations: of a few thousand plans there are tens of
 * thousands of them, and spec and status of each are long.
 */
export const CHILD_VIEW: View = {
  name: 'child',
  of: ({ apiVersion, kind, metadata, status }: KubeObject): KubeObject => ({
    apiVersion,
    kind,
    metadata,
    ...(isJsonObject(status) ? { status: viewOf(status) } : {}),
  }),
};

function viewOf(status: JsonObject): JsonObject {
  const { conditions, result } = status;
  return {
    ...pick(status, 'startTime', 'completionTime'),
    ...(Array.isArray(conditions) ? { conditions: conditions.filter(isSucceeded) } : {}),
    ...(isJsonObject(result) ? { result: pick(result, 'verified', 'dryRun', 'source') } : {}),
  };
}

function isSucceeded(condition: unknown): boolean {
  return isJsonObject(condition) && condition['type'] === 'Succeeded';
}
