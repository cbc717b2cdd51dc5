import type { Watch } from '../watches/watch.ts';

/** Takes events up to and including `last`: each as `type path`, a resync as its reason. */
export async function eventsUntil(watch: Watch, last: string): Promise<string[]> {
  const seen: string[] = [];
  while (seen.at(-1) !== last) {
    const { value: event } = await watch.next();
    if (event === undefined) throw new Error(`the watch ended after ${seen.join(', ')}`);
    seen.push(event.type === 'resync' ? event.reason : `${event.type} ${event.path}`);
  }
  return seen;
}
