import type { Clock } from '../../common/clock.ts';
import type { Logger } from '../../common/logger.ts';
import type { ApiClient } from '../kube/api-client.ts';
import { ApiEventRecorder, type EventRecorder } from '../kube/event-recorder.ts';
import type { InformerSet } from '../runtime/informer.ts';
import type { OperatorMetrics } from '../runtime/metrics.ts';

/** What every controller is built from. */
export interface ControllerContext {
  readonly api: ApiClient;
  readonly informers: InformerSet;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: OperatorMetrics;
  /** Name of this pod. */
  readonly identity: string;
}

/** Events spoken by one controller. */
export function eventRecorder(context: ControllerContext, component: string): EventRecorder {
  const { api, clock, logger, identity: instance } = context;
  return new ApiEventRecorder({ api, clock, logger, component, instance });
}
