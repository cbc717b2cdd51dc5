import { ScheduleParser } from '../schedule-parser.ts';
import type { Answer, Question } from './robfig-referee.ts';

const parser = new ScheduleParser();

/** What we say to a question, in the words of the referee. */
export function answer({ schedule: text, timeZone, after, count }: Question): Answer {
  const owner = { namespace: 'default', name: 'plan' };
  const parsed = parser.parse({ schedule: text, timeZone, owner });
  if (!parsed.ok) return 'refused';
  const times: string[] = [];
  let time: Date | undefined = after;
  while (times.length < count) {
    time = parsed.schedule.nextAfter(time);
    if (time === undefined) return [...times, 'never'].join(' ');
    times.push(String(time.getTime() / 1000));
  }
  return times.join(' ');
}

/** The questions that are answered otherwise, with both answers. */
export function disagreements(
  questions: readonly Question[],
  theirs: readonly Answer[],
): readonly (Question & { readonly ours: Answer; readonly theirs: Answer })[] {
  return questions.flatMap((question, index) => {
    const both = { ours: answer(question), theirs: theirs[index] ?? '' };
    return both.ours === both.theirs ? [] : [{ ...question, ...both }];
  });
}
