import { describe, expect, test } from '@jest/globals';
import { DATABASE, type DatabaseStatus } from '../../../api/v1alpha1/database.ts';
import { parseKubeObject } from '../../kube/objects.ts';
import { parseResource } from '../parse-resource.ts';
import { decideDatabase, isProbeDue, statusAtProbeStart, type DatabaseSnapshot } from './decide.ts';
import type { ConnectionFailure } from '../../../assets/zookeeper/connection-failure.ts';
import type { CredentialCheck, ServerProbe } from './server-probe.ts';

const NOW = new Date('2026-03-28T00:10:00Z');

function snapshot(changes: Partial<DatabaseSnapshot> & { spec?: never; given?: unknown } = {}) {
  const { given = { zookeeper: { client: { servers: ['a:1', 'b:1'] } } }, ...rest } = changes;
  const object = parseKubeObject({
    apiVersion: DATABASE.names.apiVersion,
    kind: 'Database',
    metadata: { name: 'zk', namespace: 'shop', uid: 'u', resourceVersion: '1', generation: 3 },
    spec: given,
  });
  return {
    uid: 'u',
    generation: 3,
    ...parseResource(DATABASE, object),
    secretProblem: undefined,
    probes: [],
    now: NOW,
    ...rest,
  } satisfies DatabaseSnapshot;
}

function up(address: string, credentials: CredentialCheck = 'Unverifiable'): ServerProbe {
  return {
    address,
    reachable: true,
    version: '3.9.5',
    mode: 'standalone',
    latencyMs: 1.6,
    credentials,
  };
}

function down(address: string, reason: ConnectionFailure): ServerProbe {
  return { address, reachable: false, reason, message: `${address} is not there.` };
}

function conditionsOf(status: DatabaseStatus): Record<string, string> {
  return Object.fromEntries(
    (status.conditions ?? []).map(({ type, status: is, reason }) => [type, `${is}/${reason}`]),
  );
}

describe('a Database', () => {
  test.each([
    {
      name: 'is ready when its servers answer',
      snapshot: snapshot({ probes: [up('a:1'), up('b:1')] }),
      conditions: { Ready: 'True/Reachable' },
      says: ['2 of 2 servers answer', 'could not be verified'],
    },
    {
      name: 'is ready when one of its servers answers, and names the other',
      snapshot: snapshot({ probes: [up('a:1'), down('b:1', 'ConnectionRefused')] }),
      conditions: { Ready: 'True/Reachable' },
      says: ['1 of 2 servers answer', 'b:1 is not there'],
    },
    {
      name: 'says that its credentials are good for something, where that showed',
      snapshot: snapshot({ probes: [up('a:1', 'Verified')] }),
      conditions: { Ready: 'True/Reachable' },
      says: ['give the right to read the root'],
    },
    {
      name: 'takes the reason all its servers have',
      snapshot: snapshot({
        probes: [down('a:1', 'ConnectTimeout'), down('b:1', 'ConnectTimeout')],
      }),
      conditions: { Ready: 'False/ConnectTimeout', Reconciling: 'True/ConnectTimeout' },
      says: ['a:1 is not there', 'b:1 is not there'],
    },
    {
      name: 'is unreachable where each has its own',
      snapshot: snapshot({ probes: [down('a:1', 'NotServing'), down('b:1', 'ConnectTimeout')] }),
      conditions: { Ready: 'False/Unreachable', Reconciling: 'True/Unreachable' },
      says: [],
    },
    {
      name: 'waits for its Secret',
      snapshot: snapshot({ secretProblem: { reason: 'SecretKeyMissing', message: 'No user.' } }),
      conditions: { Ready: 'False/SecretKeyMissing', Reconciling: 'True/SecretKeyMissing' },
      says: ['No user.'],
    },
    {
      name: 'cannot do anything with a malformed address',
      snapshot: snapshot({ given: { zookeeper: { client: { servers: ['zookeeper'] } } } }),
      conditions: { Ready: 'False/InvalidSpec', Stalled: 'True/InvalidSpec' },
      says: ['spec.zookeeper.client.servers[0]', '"zookeeper"'],
    },
    {
      name: 'cannot do anything without a client',
      snapshot: snapshot({ given: {} }),
      conditions: { Ready: 'False/ClientNotConfigured', Stalled: 'True/ClientNotConfigured' },
      says: ['spec.zookeeper.client.servers'],
    },
    {
      name: 'says that SASL verified its credentials',
      snapshot: snapshot({ probes: [up('a:1', 'VerifiedBySasl')] }),
      conditions: { Ready: 'True/Reachable' },
      says: ['SASL verified user and password.'],
    },
    {
      name: 'says that verified credentials lack the right to read the root',
      snapshot: snapshot({ probes: [up('a:1', 'VerifiedBySaslWithoutRight')] }),
      conditions: { Ready: 'True/Reachable' },
      says: ['SASL verified', 'no right to read the root'],
    },
    {
      name: 'says that no TLS comes about',
      snapshot: snapshot({ probes: [down('a:1', 'TLSFailed')] }),
      conditions: { Ready: 'False/TLSFailed', Reconciling: 'True/TLSFailed' },
      says: ['a:1 is not there'],
    },
  ])('$name', ({ snapshot: given, conditions, says }) => {
    const { status, event } = decideDatabase(given);

    expect(conditionsOf(status)).toEqual(conditions);
    expect(status.observedGeneration).toBe(3);
    for (const part of says) expect(event?.message).toContain(part);
  });

  test('tells what each server said', () => {
    const { status } = decideDatabase(
      snapshot({ probes: [up('a:1'), down('b:1', 'ConnectionRefused')] }),
    );

    expect(status).toMatchObject({
      reachableServers: '1/2',
      version: '3.9.5',
      lastProbeTime: '2026-03-28T00:10:00Z',
      servers: [
        { address: 'a:1', reachable: true, version: '3.9.5', mode: 'standalone', latencyMs: 2 },
        { address: 'b:1', reachable: false, reason: 'ConnectionRefused' },
      ],
    });
  });

  test('claims nothing of a server that it was not told', () => {
    const silent: ServerProbe = { address: 'a:1', reachable: true, credentials: 'NotUsed' };
    const lastProbeTime = '2026-03-28T00:10:00Z';
    const { status } = decideDatabase(
      snapshot({ probes: [silent, down('b:1', 'ConnectionRefused')] }),
    );

    expect(status.servers).toStrictEqual([
      { address: 'a:1', reachable: true, lastProbeTime },
      {
        ...{ address: 'b:1', reachable: false, lastProbeTime },
        ...{ reason: 'ConnectionRefused', message: 'b:1 is not there.' },
      },
    ]);
    expect(status).not.toHaveProperty('version');
  });

  test('names each version that its servers have, once', () => {
    const silent: ServerProbe = { address: 'b:1', reachable: true, credentials: 'NotUsed' };
    const older: ServerProbe = { ...silent, address: 'c:1', version: '3.8.4' };
    const { status } = decideDatabase(snapshot({ probes: [up('a:1'), silent, older, up('d:1')] }));

    expect(status.version).toBe('3.9.5, 3.8.4');
  });

  test('says a new state in an event, and the same state not again', () => {
    const first = decideDatabase(snapshot({ probes: [up('a:1')] }));
    const second = decideDatabase(snapshot({ probes: [up('a:1')], status: first.status }));
    const third = decideDatabase(
      snapshot({ probes: [down('a:1', 'ConnectTimeout')], status: second.status }),
    );

    expect(first.event).toMatchObject({ ready: true, reason: 'Reachable' });
    expect(second.event).toBeUndefined();
    expect(third.event).toMatchObject({ ready: false, reason: 'ConnectTimeout' });
    expect(conditionsOf(third.status)).toEqual({
      Ready: 'False/ConnectTimeout',
      Reconciling: 'True/ConnectTimeout',
    });
  });

  test.each([
    { name: 'every minute', given: snapshot({ probes: [up('a:1')] }), requeueAfterMs: 60_000 },
    {
      name: 'soon, where its Secret is not complete',
      given: snapshot({ secretProblem: { reason: 'SecretNotFound', message: '' } }),
      requeueAfterMs: 5_000,
    },
    {
      name: 'only after a change, where its spec is not valid',
      given: snapshot({ given: {} }),
      requeueAfterMs: undefined,
    },
  ])('is looked at again $name', ({ given, requeueAfterMs }) => {
    expect(decideDatabase(given).requeueAfterMs).toBe(requeueAfterMs);
  });

  test('keeps its status between two probes', () => {
    const { status } = decideDatabase(snapshot({ probes: [up('a:1')] }));
    const now = new Date(NOW.getTime() + 20_000);

    expect(decideDatabase(snapshot({ probes: 'Recent', status, now }))).toEqual({
      status,
      event: undefined,
      requeueAfterMs: 40_000,
    });
  });
});

describe('a probe', () => {
  const probed = decideDatabase(snapshot({ probes: [up('a:1')] })).status;
  const begun = statusAtProbeStart(snapshot({ status: probed }));

  test.each([
    { name: 'never probed', given: snapshot(), due: 'Due' },
    { name: 'just probed', given: snapshot({ status: probed }), due: 'Recent' },
    {
      name: 'a minute ago',
      given: snapshot({ status: probed, now: new Date(NOW.getTime() + 60_000) }),
      due: 'Due',
    },
    { name: 'of another spec', given: snapshot({ status: probed, generation: 4 }), due: 'Due' },
    {
      name: 'in the future, after the clock was set back',
      given: snapshot({ status: probed, now: new Date(NOW.getTime() - 3_600_000) }),
      due: 'Due',
    },
    {
      name: 'that left no result, a moment ago',
      given: snapshot({ status: begun }),
      due: 'Unfinished',
    },
    {
      name: 'that left no result, two minutes ago',
      given: snapshot({ status: begun, now: new Date(NOW.getTime() + 120_000) }),
      due: 'Due',
    },
    {
      name: 'that left no result, of another spec',
      given: snapshot({ status: begun, generation: 4 }),
      due: 'Due',
    },
  ])('is due: $name → $due', ({ given, due }) => {
    expect(isProbeDue(given)).toBe(due);
  });
});

describe('what is said of servers, word for word', () => {
  const said = (...probes: ServerProbe[]) => {
    const { conditions = [] } = decideDatabase(snapshot({ probes })).status;
    return conditions.find(({ type }) => type === 'Ready')?.message;
  };

  test.each([
    {
      name: 'one that answers',
      probes: [up('a:1', 'VerifiedBySasl')],
      says: 'The server answers. SASL verified user and password.',
    },
    {
      name: 'some that answer, by what the first of them says of the credentials',
      probes: [down('a:1', 'ConnectTimeout'), up('b:1', 'Verified'), up('c:1', 'NotUsed')],
      says: '2 of 3 servers answer. a:1: a:1 is not there. User and password give the right to read the root.',
    },
    {
      name: 'none that answers',
      probes: [down('a:1', 'ConnectTimeout'), down('b:1', 'ConnectionRefused')],
      says: 'a:1: a:1 is not there. b:1: b:1 is not there.',
    },
  ])('$name', ({ probes, says }) => {
    expect(said(...probes)).toBe(says);
  });

  test('a probe that left no result, and when the next one is', () => {
    const unfinishedProbe = { startTime: '2026-03-28T00:09:59Z', generation: 3, count: 1 };
    const status = { unfinishedProbe } as DatabaseStatus;
    const decision = decideDatabase(snapshot({ probes: 'Unfinished', status }));
    const next = new Date(NOW.getTime() + (decision.requeueAfterMs ?? 0));
    const second = `${next.toISOString().slice(0, 19)}Z`;
    expect(decision.event).toMatchObject({
      reason: 'ProbeUnfinished',
      message: `The probe that began at 2026-03-28T00:09:59Z left no result, 1 in a row: the operator ended meanwhile, or could not write it. In case a server brings the operator down, it is probed later than others: at ${second}. A change of the spec has it probed at once.`,
    });
    expect(decision.requeueAfterMs).toBeGreaterThan(0);
  });

  test('nothing anew where the reason is the same, and a condition keeps the time of its change', () => {
    const first = decideDatabase(snapshot({ probes: [up('a:1')] }));
    const later = new Date(NOW.getTime() + 60_000);
    const again = decideDatabase(
      snapshot({ probes: [up('a:1'), up('b:1')], status: first.status, now: later }),
    );
    expect(first.event).toMatchObject({ reason: 'Reachable' });
    expect(again.event).toBeUndefined();
    expect(again.status.conditions?.map(({ lastTransitionTime }) => lastTransitionTime)).toEqual(
      first.status.conditions?.map(({ lastTransitionTime }) => lastTransitionTime),
    );
  });
});
