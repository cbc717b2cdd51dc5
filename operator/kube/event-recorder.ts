import { createHash } from 'node:crypto';
import type { Clock } from '../../common/clock.ts';
import type { Logger } from '../../common/logger.ts';
import type { ApiClient } from './api-client.ts';
import { isAlreadyExists, isNamespaceTerminating } from './errors.ts';
import type { KubeObject, Manifest, ObjectKey } from './objects.ts';
import { ResourceClient } from './resource-client.ts';
import { EVENTS } from './resources.ts';

/** Something worth telling the owner of an object, as `kubectl describe` shows it. */
export interface EventInput {
  readonly regarding: KubeObject;
  readonly type: 'Normal' | 'Warning';
  /** CamelCase, one of the table in `api/`. */
  readonly reason: string;
  /** A sentence. */
  readonly note: string;
  /**
   * What stays the same while the note says it in other words: such events are one, with the newest
   * note, whose count grows. Left out: the note.
   */
  readonly cause?: string;
}

/** Tells users what happened. Never rejects: an event must not fail what it reports. */
export interface EventRecorder {
  record(event: EventInput, signal?: AbortSignal): Promise<void>;
}

export interface ApiEventRecorderOptions {
  readonly api: ApiClient;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Name of the controller that speaks, for example `synchronization-controller`. */
  readonly component: string;
  /** Name of this pod. */
  readonly instance: string;
}

/** The API server refuses longer notes. */
const MAX_NOTE_BYTES = 1024;

/** Object names end at 253 characters; `.` and 16 hex digits follow. */
const MAX_NAME_PREFIX = 236;

/** An event must not hold a reconcile up for longer. */
const TIMEOUT_MS = 5000;

/**
 * Writes core/v1 Events: `kubectl describe` and `kubectl get events` of every version show their
 * count, which they do not for the series of events.k8s.io.
 *
 * The name is made of what is said about which object, so a repeat, also by another pod of ours or
 * after a restart, raises the count of the event that is there instead of adding one.
 */
export class ApiEventRecorder implements EventRecorder {
  readonly #options: ApiEventRecorderOptions;
  readonly #client: ResourceClient;

  constructor(options: ApiEventRecorderOptions) {
    this.#options = options;
    this.#client = new ResourceClient(withDeadline(options.api), EVENTS);
  }

  async record(event: EventInput, signal?: AbortSignal): Promise<void> {
    const { namespace, name } = event.regarding.metadata;
    try {
      await this.#write(event, signal);
    } catch (error) {
      const fields = { reason: event.reason, namespace, name, error };
      // Nobody can read an event of a namespace that is going away: nothing to act on.
      if (isNamespaceTerminating(error)) this.#options.logger.debug('event not recorded', fields);
      else this.#options.logger.warn('event not recorded', fields);
    }
  }

  async #write(event: EventInput, signal?: AbortSignal): Promise<void> {
    const key = eventKey(event, this.#options.component);
    try {
      await this.#client.create(this.#manifest(event, key), signal);
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
      await this.#repeat(key, event, signal);
    }
  }

  async #repeat(key: ObjectKey, { note }: EventInput, signal?: AbortSignal): Promise<void> {
    const existing = await this.#client.get(key, signal);
    // Gone in between (events live for an hour): then it was told lately, and that is enough.
    if (existing === undefined) return;
    const count = typeof existing['count'] === 'number' ? existing['count'] : 1;
    const lastTimestamp = wireTime(this.#options.clock.now());
    const message = cutToBytes(note, MAX_NOTE_BYTES);
    await this.#client.patch(key, { count: count + 1, lastTimestamp, message }, signal);
  }

  #manifest(event: EventInput, key: ObjectKey): Manifest {
    const { regarding, type, reason } = event;
    const now = wireTime(this.#options.clock.now());
    const { component, instance } = this.#options;
    return {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: key,
      involvedObject: {
        apiVersion: regarding.apiVersion,
        kind: regarding.kind,
        namespace: regarding.metadata.namespace,
        name: regarding.metadata.name,
        uid: regarding.metadata.uid,
        resourceVersion: regarding.metadata.resourceVersion,
      },
      type,
      reason,
      message: cutToBytes(event.note, MAX_NOTE_BYTES),
      count: 1,
      firstTimestamp: now,
      lastTimestamp: now,
      source: { component },
      reportingComponent: component,
      reportingInstance: instance,
    };
  }
}

/** Name of the one event that says this about that object. */
function eventKey(event: EventInput, component: string): ObjectKey {
  const { regarding, type, reason, note, cause = note } = event;
  const said = [regarding.kind, regarding.metadata.uid, component, type, reason, cause];
  const digest = createHash('sha256').update(JSON.stringify(said)).digest('hex').slice(0, 16);
  return {
    namespace: regarding.metadata.namespace,
    name: `${regarding.metadata.name.slice(0, MAX_NAME_PREFIX)}.${digest}`,
  };
}

/** Cuts at a character's border, so that no broken character is left at the end. */
function cutToBytes(text: string, maxBytes: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= maxBytes) return text;
  const kept = bytes.subarray(0, maxBytes - 3).toString('utf8');
  return `${kept.replace(/\uFFFD+$/, '')}…`;
}

/** metav1.Time has no fractions of a second. */
function wireTime(time: Date): string {
  return time.toISOString().replace(/\.\d+Z$/, 'Z');
}

function withDeadline(api: ApiClient): ApiClient {
  return {
    request: (request) => api.request({ timeoutMs: TIMEOUT_MS, ...request }),
    text: (request) => api.text({ timeoutMs: TIMEOUT_MS, ...request }),
    watch: (request) => api.watch(request),
  };
}
