import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { labelValue } from './labels.ts';
import {
  PLAN_NAME_MAX_LENGTH,
  jobName,
  planNameOf,
  runNowHash,
  runNowHashOf,
  runNowName,
  slotName,
} from './names.ts';

const DNS_LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const LABEL_VALUE = /^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/;

const nameSegment = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,60}[a-z0-9])?$/);
const objectName = fc.array(nameSegment, { minLength: 1, maxLength: 4 }).map((segments) =>
  segments
    .join('.')
    .slice(0, 253)
    .replace(/[^a-z0-9]+$/, ''),
);
const planName = objectName.map((name) =>
  name.slice(0, PLAN_NAME_MAX_LENGTH).replace(/[^a-z0-9]+$/, ''),
);

describe('jobName', () => {
  const uid = '0A1B2C3D-1111-4222-8333-444455556666';
  const examples = [
    { name: 'synchronize-zookeeper-x7k2p', expected: 'synchronize-zookeeper-x7k2p-0a1b2c3d' },
    { name: 'a.b.c', expected: 'a-b-c-0a1b2c3d' },
    { name: 'x'.repeat(200), expected: `${'x'.repeat(54)}-0a1b2c3d` },
    { name: `${'x'.repeat(53)}-yz`, expected: `${'x'.repeat(53)}-0a1b2c3d` },
  ];

  test.each(examples)('of $name is $expected', ({ name, expected }) => {
    expect(jobName({ name, uid })).toBe(expected);
  });

  test('is a DNS label for any name and UID', () => {
    fc.assert(
      fc.property(objectName, fc.oneof(fc.uuid(), fc.string()), (name, anyUid) => {
        const job = jobName({ name, uid: anyUid });
        expect(job).toMatch(DNS_LABEL);
        expect(job.length).toBeLessThanOrEqual(63);
      }),
    );
  });

  test('differs for two objects of one name', () => {
    expect(jobName({ name: 'a', uid: 'one' })).not.toBe(jobName({ name: 'a', uid: 'two' }));
  });
});

describe('names of the children of a plan', () => {
  test('a slot has one name in each of its minutes', () => {
    expect(slotName('every-hour', new Date('2026-03-28T00:10:00Z'))).toBe('every-hour-29577610');
    expect(slotName('every-hour', new Date('2026-03-28T00:10:59Z'))).toBe('every-hour-29577610');
  });

  test('either name tells the plan, and no other does', () => {
    fc.assert(
      fc.property(
        planName,
        fc.date({ noInvalidDate: true, min: new Date(0), max: new Date('9999-01-01') }),
        fc.string(),
        (plan, slot, token) => {
          expect(planNameOf(slotName(plan, slot))).toBe(plan);
          expect(planNameOf(runNowName(plan, token))).toBe(plan);
          expect(runNowHashOf(plan, runNowName(plan, token))).toBe(runNowHash(token));
          expect(runNowHashOf(plan, slotName(plan, slot))).toBeUndefined();
        },
      ),
    );
    expect(['copy', 'copy-', '-1', 'copy-rush', 'copy-r123'].map(planNameOf)).toEqual(
      Array.from({ length: 5 }),
    );
    expect(runNowHashOf('other', runNowName('plan', 'x'))).toBeUndefined();
  });

  test('a run-now token has one name', () => {
    expect(runNowName('p', 'please')).toMatch(/^p-r[0-9a-f]{8}$/);
    expect(runNowName('p', 'please')).toBe(runNowName('p', 'please'));
    expect(runNowName('p', 'please')).not.toBe(runNowName('p', 'again'));
  });

  test('fit into a label, for any plan with a name of at most 52 characters', () => {
    const moment = fc.date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true });
    fc.assert(
      fc.property(planName, moment, fc.string(), (plan, slot, token) => {
        expect(slotName(plan, slot).length).toBeLessThanOrEqual(63);
        expect(runNowName(plan, token).length).toBeLessThanOrEqual(63);
      }),
    );
  });
});

describe('labelValue', () => {
  test('is the name where it fits', () => {
    expect(labelValue('synchronize-zookeeper')).toBe('synchronize-zookeeper');
  });

  test('is a valid label value for any name, and differs where names differ', () => {
    fc.assert(
      fc.property(objectName, (name) => {
        expect(labelValue(name)).toMatch(LABEL_VALUE);
        expect(labelValue(name).length).toBeLessThanOrEqual(63);
      }),
    );
    expect(labelValue(`${'x'.repeat(100)}a`)).not.toBe(labelValue(`${'x'.repeat(100)}b`));
  });
});
