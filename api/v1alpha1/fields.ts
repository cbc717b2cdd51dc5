/** Fields that several kinds share. */
import {
  choice,
  integer,
  list,
  structure,
  optional,
  text,
  timestamp,
  type Pattern,
} from '../schema/builders.ts';

const OBJECT_NAME: Pattern = {
  regex: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$',
  must: 'must be a Kubernetes object name',
  remedy:
    'Use lower-case letters, digits, "-" and ".", beginning and ending with a letter or digit.',
};

/** The name of another object in the same namespace. */
export function objectName(description: string) {
  return text({ description, pattern: OBJECT_NAME, maxLength: 253 });
}

/** `status.observedGeneration`; -1 until somebody has looked at the object. */
export const observedGeneration = integer({
  description: 'The generation of the object that this status is about; -1 until it was looked at.',
  default: -1,
});

/** One condition, as metav1.Condition. */
export const conditionSchema = structure(
  {
    type: text({ description: 'What the condition is about.', minLength: 1, maxLength: 316 }),
    status: choice(['True', 'False', 'Unknown'], {
      description: 'Whether it is true, false or unknown.',
    }),
    reason: text({
      description: 'Why, in one word; the reference lists them all with what to do.',
      minLength: 1,
      maxLength: 1024,
    }),
    message: text({ description: 'Why, in a sentence.', maxLength: 32_768 }),
    lastTransitionTime: timestamp('When the status last changed.'),
    observedGeneration: optional(
      integer({ description: 'The generation of the object that was judged.', minimum: 0 }),
    ),
  },
  { description: 'One thing that is, is not, or is not known to be the case.' },
);

/** `status.conditions`. */
export const conditions = optional(
  list(conditionSchema, {
    description: 'The conditions of the object. Each has a reason and a message.',
    mapKey: 'type',
    maxItems: 32,
  }),
);
