import type { ApiClient } from './api-client.ts';
import { isJsonObject, textOf } from './json-fields.ts';
import { MalformedObjectError } from './objects.ts';
import { EVENTS, resourcePath } from './resources.ts';

/** What Kubernetes complained of, in its own words. */
export interface Complaint {
  /** For example `FailedCreate`, `FailedMount`. */
  readonly reason: string;
  readonly message: string;
}

/** Names one object, and no other one that has had its name. */
export interface EventSubject {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

/** Some troubles of Jobs and pods stand in their events and nowhere else. */
export interface EventReader {
  /** The newest Warning about an object; undefined if there is none. */
  latestWarning(subject: EventSubject, signal?: AbortSignal): Promise<Complaint | undefined>;
}

/** Far more than one object has within the hour that events are kept. */
const PAGE_SIZE = 100;

/** Events on the API server. */
export class ApiEventReader implements EventReader {
  readonly #api: ApiClient;

  constructor(api: ApiClient) {
    this.#api = api;
  }

  async latestWarning(
    { namespace, uid }: EventSubject,
    signal?: AbortSignal,
  ): Promise<Complaint | undefined> {
    const body = await this.#api.request({
      method: 'GET',
      path: resourcePath(EVENTS, { namespace }),
      query: { fieldSelector: `involvedObject.uid=${uid},type=Warning`, limit: PAGE_SIZE },
      signal,
    });
    const items = isJsonObject(body) ? body['items'] : undefined;
    if (!Array.isArray(items)) throw new MalformedObjectError('the list of events is not a list');
    const newest = items
      .filter(isJsonObject)
      .filter((event) => event['type'] === 'Warning' && isAbout(event['involvedObject'], uid))
      .sort((a, b) => (timeOf(a) < timeOf(b) ? -1 : 1))
      .at(-1);
    return newest && { reason: textOf(newest, 'reason'), message: textOf(newest, 'message') };
  }
}

function isAbout(involved: unknown, uid: string): boolean {
  return isJsonObject(involved) && involved['uid'] === uid;
}

/** Senders of the older API fill lastTimestamp, those of the newer one eventTime. */
function timeOf(event: Readonly<Record<string, unknown>>): string {
  return textOf(event, 'lastTimestamp') || textOf(event, 'eventTime');
}
