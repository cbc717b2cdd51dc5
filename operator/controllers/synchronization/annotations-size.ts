import { OPTIONS_MAX_BYTES } from '../../../api/options/options-file.ts';
import { podAnnotations } from '../../workers/pod-template.ts';
import { workerPod, type WorkerJobInput } from './resources.ts';

/** Left to those who write into pods while they are created: webhooks, network plugins. */
const ROOM_FOR_OTHERS_BYTES = 16 * 1024;

const MAX_BYTES = OPTIONS_MAX_BYTES - ROOM_FOR_OTHERS_BYTES;

/**
 * Why the worker's pod could not carry its annotations, what the worker is told to do among them, and
 * which fields to shorten; undefined if it can. The API server would refuse such a pod with a sentence
 * that names neither.
 */
export function annotationsTooLarge(input: WorkerJobInput): string | undefined {
  const bytes = sizeOf(podAnnotations(workerPod(input)));
  if (bytes <= MAX_BYTES) return undefined;
  const { config, worker } = input.spec;
  const parts = [
    ['spec.config.exclude.paths', config.exclude?.paths],
    ['spec.config.nodeTypes', config.nodeTypes],
    ['spec.worker.annotations', worker.annotations],
    ['the servers of the two Databases', [...input.source.servers, ...input.destination.servers]],
  ] as const;
  const shares = parts
    .map(([name, value]) => ({ name, bytes: Buffer.byteLength(JSON.stringify(value ?? '')) }))
    .sort((one, other) => other.bytes - one.bytes)
    .map((part) => `${part.name} ${part.bytes}`);
  return (
    `The worker's pod gets what it has to do as an annotation, and its annotations may have ${MAX_BYTES} bytes together; ` +
    `these have ${bytes} (${shares.join(', ')}): shorten the largest. One glob with ** can stand for many paths.`
  );
}

/** As the API server counts. */
function sizeOf(annotations: Readonly<Record<string, string>>): number {
  return Object.entries(annotations).reduce(
    (sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value),
    0,
  );
}
