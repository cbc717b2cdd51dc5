import dotI, {
  ResourceEventType,
  type OperatorLogger,
  type ResourceEvent,
} from '@dot-i/k8s-operator';
import type { KubeConfig, KubernetesObject } from '@kubernetes/client-node';
import type { Logger } from '../../common/logger.ts';
import type { KubeObject } from '../kube/objects.ts';
import { RESOURCE_TYPES, resourcePath, type ResourceType } from '../kube/resources.ts';
import { Lifecycle, type LifecycleOptions } from './lifecycle.ts';
import type { CacheChange } from './object-cache.ts';

export interface ResiliencyOperatorOptions extends LifecycleOptions {
  readonly kubeConfig: KubeConfig;
}

/**
 * The operator on the frame of `@dot-i/k8s-operator`: its life cycle is used (init, start, stop),
 * its watches, queue and writes are not (docs/adr). What would lead back to them is overridden.
 */
export class ResiliencyOperator extends dotI.default {
  readonly #options: ResiliencyOperatorOptions;
  readonly #lifecycle: Lifecycle;

  constructor(options: ResiliencyOperatorOptions) {
    super(toOperatorLogger(options.logger));
    this.#options = options;
    this.#lifecycle = new Lifecycle(options);
    // The frame loads a configuration of its own; there must be one truth.
    this.kubeConfig = options.kubeConfig;
  }

  /** Resolves once everything has ended after {@link stop}; see {@link Lifecycle.finished}. */
  get finished(): Promise<void> {
    return this.#lifecycle.finished;
  }

  /** Tells everything to end: controllers drain, the lease is released, caches and probes close. */
  override stop(): void {
    super.stop();
    this.#lifecycle.stop();
  }

  protected override async init(): Promise<void> {
    await this.#lifecycle.start();
  }

  /** The frame's own reads a `basePath` that client-node 1.x no longer has. */
  protected override getCustomResourceApiUri(
    group: string,
    version: string,
    plural: string,
    namespace?: string,
  ): string {
    const server = this.kubeConfig.getCurrentCluster()?.server ?? '';
    return server + resourcePath(typeOf(group, version, plural), { namespace });
  }

  /**
   * The frame's own ends the process when a watch fails, runs all handlers in one queue, swallows
   * their errors and misses deletions across reconnects. This one is an informer's.
   */
  // eslint-disable-next-line max-params -- the frame's signature
  protected override watchResource(
    group: string,
    version: string,
    plural: string,
    onEvent: (event: ResourceEvent) => Promise<void>,
    namespace?: string,
  ): Promise<void> {
    const informer = this.#options.informers.get(typeOf(group, version, plural));
    informer.onChange((change) => {
      if (namespace !== undefined && change.object.metadata.namespace !== namespace) return;
      onEvent(toResourceEvent(change, plural)).catch((error: unknown) => {
        this.#options.logger.error('a handler of a watch failed', { resource: plural, error });
      });
    });
    return Promise.resolve();
  }
}

const EVENT_TYPES: Record<CacheChange['type'], ResourceEventType> = {
  Added: ResourceEventType.Added,
  Updated: ResourceEventType.Modified,
  Deleted: ResourceEventType.Deleted,
};

function toResourceEvent(change: CacheChange, plural: string): ResourceEvent {
  const { apiVersion, kind, metadata } = change.object;
  const { name, namespace, resourceVersion } = metadata;
  const id = `${plural}.${apiVersion}`;
  return {
    meta: { id, name, namespace, resourceVersion, apiVersion, kind },
    object: toKubernetesObject(change.object),
    type: EVENT_TYPES[change.type],
  };
}

/** client-node types a time as Date where the wire and we have text: it is handed over as Date. */
function toKubernetesObject(object: KubeObject): KubernetesObject {
  const { name, namespace, uid, resourceVersion, generation, labels, annotations } =
    object.metadata;
  const { creationTimestamp, deletionTimestamp } = object.metadata;
  return {
    ...object,
    metadata: {
      name,
      namespace,
      uid,
      resourceVersion,
      generation,
      labels: { ...labels },
      annotations: { ...annotations },
      ...(creationTimestamp ? { creationTimestamp: new Date(creationTimestamp) } : {}),
      ...(deletionTimestamp ? { deletionTimestamp: new Date(deletionTimestamp) } : {}),
    },
  };
}

function typeOf(group: string, version: string, plural: string): ResourceType {
  const known = RESOURCE_TYPES.find((type) => type.group === group && type.plural === plural);
  return known?.version === version ? known : { group, version, plural, kind: plural };
}

/** The frame speaks in finished sentences; ours are constant, so its words become a field. */
function toOperatorLogger(logger: Logger): OperatorLogger {
  const say =
    (level: 'debug' | 'info' | 'warn' | 'error') =>
    (text: string): void => {
      logger[level]('message of the operator frame', { text });
    };
  return { debug: say('debug'), info: say('info'), warn: say('warn'), error: say('error') };
}
