import { expect, test } from '@jest/globals';
import { ANNOTATIONS, LABELS } from '../../../api/labels.ts';
import { runNowName, slotName } from '../../../api/names.ts';
import { childManifest } from './resources.ts';
import { at, iso, NAMESPACE, PLAN, PLAN_UID, planObject, SPEC } from './testing/builders.ts';

const FOR_TEN = {
  name: slotName(PLAN, at('10:00')),
  slot: at('10:00'),
  scheduledTimestamp: '2016-05-19T12:00:00+02:00',
  warnings: [],
};

const BY_HAND = {
  name: runNowName(PLAN, 'please'),
  slot: undefined,
  scheduledTimestamp: undefined,
  warnings: [],
};

test('the Synchronization that a plan makes is its template, named after the slot and controlled by the plan', () => {
  const template = {
    metadata: {
      labels: { team: 'shop', [LABELS.synchronizationPlan]: 'not-this-one' },
      annotations: { note: 'nightly' },
    },
    spec: SPEC.template.spec,
  };

  expect(childManifest(planObject({ spec: { template } }), FOR_TEN)).toEqual({
    apiVersion: 'automation.astronetes.io/v1alpha1',
    kind: 'Synchronization',
    metadata: {
      name: `${PLAN}-${at('10:00').getTime() / 60_000}`,
      namespace: NAMESPACE,
      labels: { team: 'shop', [LABELS.synchronizationPlan]: PLAN },
      annotations: {
        note: 'nightly',
        [ANNOTATIONS.scheduledTimestamp]: '2016-05-19T12:00:00+02:00',
      },
      ownerReferences: [
        {
          apiVersion: 'automation.astronetes.io/v1alpha1',
          kind: 'SynchronizationPlan',
          name: PLAN,
          uid: PLAN_UID,
          controller: true,
          blockOwnerDeletion: false,
        },
      ],
    },
    spec: SPEC.template.spec,
  });
});

test('a template made of the YAML of a Synchronization that has run makes fresh ones', () => {
  const annotations = {
    note: 'nightly',
    [ANNOTATIONS.startedUid]: 'of the one that it was made of',
    [ANNOTATIONS.scheduledTimestamp]: iso('03:00'),
  };
  const template = { ...SPEC.template, metadata: { annotations } };

  const { metadata } = childManifest(planObject({ spec: { template } }), BY_HAND);

  expect(metadata.annotations).toEqual({ note: 'nightly' });
});
