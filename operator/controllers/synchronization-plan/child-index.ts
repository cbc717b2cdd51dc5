import { formatKey, keyOf, type KubeObject, type ObjectKey } from '../../kube/objects.ts';
import type { Informer } from '../../runtime/informer.ts';
import { planOf } from './child.ts';

/** Finds the Synchronizations of a plan. */
export interface ChildReader {
  /** All that name the plan as their controller, whatever their labels. */
  childrenOf(plan: ObjectKey): readonly KubeObject[];
}

/** The cache of Synchronizations by plan: a plan need not look through those of all others. */
export class ChildIndex implements ChildReader {
  readonly #byPlan = new Map<string, Map<string, KubeObject>>();

  /** Follows the informer from now on. */
  constructor(informer: Pick<Informer, 'cache' | 'onChange'>) {
    for (const object of informer.cache.list()) this.#add(object);
    informer.onChange(({ type, object, previous }) => {
      if (previous !== undefined) this.#remove(previous);
      if (type === 'Deleted') this.#remove(object);
      else this.#add(object);
    });
  }

  childrenOf(plan: ObjectKey): readonly KubeObject[] {
    return [...(this.#byPlan.get(formatKey(plan))?.values() ?? [])];
  }

  #add(object: KubeObject): void {
    const plan = planOf(object);
    if (plan === undefined) return;
    const key = formatKey(plan);
    const children = this.#byPlan.get(key) ?? new Map<string, KubeObject>();
    children.set(formatKey(keyOf(object)), object);
    this.#byPlan.set(key, children);
  }

  #remove(object: KubeObject): void {
    const plan = planOf(object);
    if (plan === undefined) return;
    const children = this.#byPlan.get(formatKey(plan));
    children?.delete(formatKey(keyOf(object)));
    if (children?.size === 0) this.#byPlan.delete(formatKey(plan));
  }
}
