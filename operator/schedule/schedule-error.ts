/** A schedule or time zone that cannot be used; the message is a sentence for its author. */
export class ScheduleError extends Error {
  override readonly name = 'ScheduleError';
}
