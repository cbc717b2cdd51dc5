import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { KubeConfig } from '@kubernetes/client-node';
import {
  createNamespace,
  deleteNamespace,
  TEST_KUBECONFIG,
} from '../../kube/testing/real-api-server.ts';
import { DoomedLife, type Doom, type Life, type Outcome } from './testing/doomed-life.ts';
import {
  createStandInKinds,
  deleteStandInKinds,
  openProxy,
  type ProxiedApi,
} from './testing/stand-in-kinds.ts';

const kubeconfig = process.env[TEST_KUBECONFIG];

/**
 * Lives that are lived at the same time, each in a namespace of its own. The next ones use the same
 * ones: to delete a namespace is work for a cluster.
 */
const PARALLEL = 4;

/** With more points than this, the operator is doing something it should not. */
const MOST_POINTS = 60;

/** A run; its end, which deletes it and lets the next one start; and the end of that one. */
const FORBID: Life = {
  spec: { successfulSynchronizationsHistoryLimit: 0 },
  steps: ['slot', 'late end', 'end'],
};

/** A run that the next one replaces. */
const REPLACE: Life = {
  spec: { concurrencyPolicy: 'Replace' },
  steps: ['slot', 'slot', 'end'],
};

(kubeconfig === undefined ? describe.skip : describe)('on a real API server', () => {
  const kubeConfig = new KubeConfig();
  const namespaces: string[] = [];
  let direct: ProxiedApi;
  let lives = 0;

  beforeAll(async () => {
    kubeConfig.loadFromFile(kubeconfig ?? '');
    direct = await openProxy({ kubeConfig });
    await createStandInKinds(direct);
    for (let count = 0; count < PARALLEL; count++) {
      namespaces.push(await createNamespace(direct.api));
    }
  }, 60_000);

  afterAll(async () => {
    await deleteStandInKinds(direct, kubeConfig);
    for (const namespace of namespaces) await deleteNamespace(direct.api, namespace);
    await direct.close();
  });

  async function live(life: Life, doom: Doom): Promise<Outcome> {
    const namespace = namespaces[doom.point % PARALLEL] ?? '';
    const doomed = new DoomedLife(kubeConfig, direct, { namespace, name: `life-${++lives}`, doom });
    try {
      return await doomed.live(life);
    } finally {
      await doomed.close();
    }
  }

  /** Lives once for each request that there is to strike at. */
  async function everyOutcome(life: Life, doom: Omit<Doom, 'point'>): Promise<Outcome[]> {
    const outcomes: Outcome[] = [];
    for (let first = 1; first <= MOST_POINTS; first += PARALLEL) {
      const points = Array.from({ length: PARALLEL }, (_, index) => first + index);
      const lived = await Promise.all(points.map((point) => live(life, { ...doom, point })));
      outcomes.push(...lived.filter(({ wasStruck }) => wasStruck));
      if (lived.some(({ wasStruck }) => !wasStruck)) return outcomes;
    }
    throw new Error(`no end after ${MOST_POINTS} points`);
  }

  const undisturbed = { runs: [1, 2], missed: [], through: 2, isRemembered: true };

  test.each([
    { life: FORBID, blow: 'refused', atLeast: 15 },
    { life: FORBID, blow: 'cut before', atLeast: 15 },
    { life: FORBID, blow: 'cut after', atLeast: 10 },
    { life: FORBID, blow: 'late', atLeast: 10 },
    { life: FORBID, blow: 'killed before', atLeast: 15 },
    { life: FORBID, blow: 'killed after', atLeast: 10 },
    { life: REPLACE, blow: 'killed before', atLeast: 12 },
    { life: REPLACE, blow: 'killed after', atLeast: 8 },
  ] as const)(
    'whichever request is $blow, each slot is run once and none is missed ($life.spec)',
    async ({ life, blow, atLeast }) => {
      const outcomes = await everyOutcome(life, { blow });

      expect(outcomes.length).toBeGreaterThanOrEqual(atLeast);
      expect(outcomes).toEqual(outcomes.map(() => ({ ...undisturbed, wasStruck: true })));
    },
    280_000,
  );

  test.each([{ blow: 'killed before' }, { blow: 'killed after' }] as const)(
    'whichever request it is $blow, and away while two slots come: each was run once or is missed',
    async ({ blow }) => {
      const outcomes = await everyOutcome(FORBID, { blow, slotsAway: 2 });

      expect(outcomes.length).toBeGreaterThanOrEqual(10);
      for (const { runs, missed, through, isRemembered } of outcomes) {
        const slots = Array.from({ length: through }, (_, index) => index + 1);
        expect([...runs, ...missed].sort()).toEqual(slots);
        expect({ isLater: through >= 3, isRemembered }).toEqual({
          isLater: true,
          isRemembered: true,
        });
      }
    },
    280_000,
  );
});
