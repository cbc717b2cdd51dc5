import { describe, expect, test } from '@jest/globals';
import type { Logger } from '../../../common/logger.ts';
import { FakeClock } from '../../../testing/fake-clock.ts';
import { CustomResourceStore } from '../../kube/custom-resource-store.ts';
import { ApiEventRecorder } from '../../kube/event-recorder.ts';
import { KubeConnectionError } from '../../kube/errors.ts';
import { isJsonObject } from '../../kube/json-fields.ts';
import { DATABASES, EVENTS, SECRETS } from '../../kube/resources.ts';
import { ApiSecretReader } from '../../kube/secret-reader.ts';
import { FakeKube } from '../../kube/testing/fake-kube.ts';
import { databaseReconcile } from './controller.ts';
import type { ProbeRequest } from './probe.ts';
import type { ServerProbe } from './server-probe.ts';

const KEY = { namespace: 'shop', name: 'zk' };

const silent: Logger = {
  error: () => undefined,
  warn: () => undefined,
  info: () => undefined,
  debug: () => undefined,
  child: () => silent,
};

/** A Database `zk` with one server, and a probe that finds what it is told to. */
class Scene {
  readonly clock = new FakeClock();
  readonly kube = new FakeKube({ clock: this.clock });
  readonly probed: ProbeRequest[] = [];
  found: ServerProbe = { address: 'a:1', reachable: true, credentials: 'Unverifiable' };
  isKilledByProbe = false;
  statusWhileProbed: unknown;
  /** What somebody does while the servers are probed. */
  whileProbed: () => unknown = () => undefined;
  readonly #reconcile;

  constructor(client: object = {}) {
    const spec = { zookeeper: { client: { servers: ['a:1'], ...client } } };
    this.kube.put(DATABASES, { metadata: KEY, spec, status: { observedGeneration: -1 } });
    const { kube: api, clock } = this;
    this.#reconcile = databaseReconcile({
      databases: new CustomResourceStore(api, DATABASES),
      secrets: new ApiSecretReader(api),
      events: new ApiEventRecorder({
        api,
        clock,
        logger: silent,
        component: 'database-controller',
        instance: 'test',
      }),
      probe: (request) => {
        this.probed.push(request);
        this.statusWhileProbed = this.kube.object(DATABASES, KEY)?.status;
        this.whileProbed();
        return this.isKilledByProbe
          ? Promise.reject(new Error('the process is gone'))
          : Promise.resolve([this.found]);
      },
      clock,
    });
  }

  secret(data: Record<string, string>): void {
    const encoded = Object.entries(data).map(([key, value]) => [
      key,
      Buffer.from(value).toString('base64'),
    ]);
    this.kube.put(SECRETS, { metadata: KEY, data: Object.fromEntries(encoded) as object });
  }

  reconcile() {
    return this.#reconcile(KEY, {
      signal: new AbortController().signal,
      logger: silent,
      yieldToWaiting: () => Promise.resolve(),
      term: this,
    });
  }

  get ready(): unknown {
    const status = this.kube.object(DATABASES, KEY)?.status;
    const conditions = (isJsonObject(status) ? status['conditions'] : []) as { type: string }[];
    return conditions.find((each) => each.type === 'Ready');
  }
}

describe('the reconcile of Databases', () => {
  test.each([
    {
      name: 'no Secret',
      secret: undefined,
      reason: 'SecretNotFound',
      says: 'Secret zk does not exist in namespace shop',
    },
    {
      name: 'no user',
      secret: { password: 'p' },
      reason: 'SecretKeyMissing',
      says: 'Secret zk has no user',
    },
    {
      name: 'an empty password',
      secret: { user: 'u', password: '' },
      reason: 'SecretKeyMissing',
      says: 'no password',
    },
    {
      name: 'neither',
      secret: {},
      reason: 'SecretKeyMissing',
      says: 'no user and no password',
    },
    {
      name: 'a line break at the end of the password',
      secret: { user: 'u', password: 'topsecret\n' },
      reason: 'SecretTrailingNewline',
      says: 'Secret zk has a line break at the end of password',
    },
    {
      name: 'a carriage return at the end of both',
      secret: { user: 'topsecret\r', password: 'topsecret\r' },
      reason: 'SecretTrailingNewline',
      says: 'at the end of user and of password',
    },
    {
      name: 'a line break of Windows at the end of the user',
      secret: { user: 'topsecret\r\n', password: 'p' },
      reason: 'SecretTrailingNewline',
      says: 'at the end of user',
    },
  ])('says what is wrong with the Secret: $name', async ({ secret, reason, says }) => {
    const scene = new Scene();
    if (secret !== undefined) scene.secret(secret);

    await scene.reconcile();

    expect(scene.ready).toMatchObject({ status: 'False', reason });
    expect((scene.ready as { message: string }).message).toContain(says);
    expect(scene.probed).toHaveLength(0);
    expect(scene.kube.objects(EVENTS)).toMatchObject([{ type: 'Warning', reason }]);
    expect(JSON.stringify([scene.ready, scene.kube.objects(EVENTS)])).not.toContain('topsecret');
  });

  test('goes on by itself once the Secret is complete, with its very bytes', async () => {
    const scene = new Scene();
    await scene.reconcile();
    scene.secret({ user: 'admin', password: ' p\u00e4ss ' });

    await scene.reconcile();

    expect(scene.ready).toMatchObject({ status: 'True', reason: 'Reachable' });
    const told = scene.kube.objects(EVENTS).map(({ reason, type }) => [reason, type] as const);
    expect(new Map(told)).toEqual(
      new Map([
        ['SecretNotFound', 'Warning'],
        ['Reachable', 'Normal'],
      ]),
    );
    expect(scene.probed[0]?.credentials).toEqual({
      user: Buffer.from('admin'),
      password: Buffer.from(' p\u00e4ss '),
      mechanism: 'Auto',
    });
    expect(scene.probed[0]?.tls).toBeUndefined();
  });

  test('takes what there is of certificates, without a Secret none', async () => {
    const tls = { enabled: true, serverName: 'zk' };
    const scene = new Scene({ authentication: 'None', tls });
    await scene.reconcile();
    scene.secret({ 'ca.crt': 'authority', 'tls.crt': 'certificate', 'tls.key': 'key' });
    await scene.clock.advance(60_000);
    await scene.reconcile();

    expect(scene.probed).toMatchObject([
      { credentials: undefined, tls: { serverName: 'zk' } },
      {
        credentials: undefined,
        tls: {
          ca: Buffer.from('authority'),
          cert: Buffer.from('certificate'),
          key: Buffer.from('key'),
          serverName: 'zk',
        },
      },
    ]);
  });

  test.each([
    { there: 'tls.crt', missing: 'tls.key' },
    { there: 'tls.key', missing: 'tls.crt' },
  ])('says that $there is of no use without $missing', async ({ there, missing }) => {
    const scene = new Scene({ authentication: 'None', tls: { enabled: true } });
    scene.secret({ [there]: 'topsecret' });

    await scene.reconcile();

    expect(scene.ready).toMatchObject({ status: 'False', reason: 'SecretKeyMissing' });
    const { message } = scene.ready as { message: string };
    expect(message).toContain(`The Secret zk has ${there} and no ${missing}`);
    expect(message).not.toContain('topsecret');
    expect(scene.probed).toHaveLength(0);
  });

  test('does not mind half a certificate where TLS is off', async () => {
    const scene = new Scene();
    scene.secret({ user: 'u', password: 'p', 'tls.crt': 'certificate' });

    await scene.reconcile();

    expect(scene.ready).toMatchObject({ status: 'True', reason: 'Reachable' });
    expect(scene.probed[0]?.tls).toBeUndefined();
  });

  test('reads no Secret where there is no authentication', async () => {
    const scene = new Scene({ authentication: 'None' });

    await scene.reconcile();

    expect(scene.ready).toMatchObject({ status: 'True' });
    expect(scene.probed[0]?.credentials).toBeUndefined();
    expect(scene.kube.calls.some((call) => call.path.includes('/secrets/'))).toBe(false);
  });

  test('does not probe because its own status changed, but after a minute', async () => {
    const scene = new Scene({ authentication: 'None' });
    await scene.reconcile();
    const writes = scene.kube.writes.length;

    expect(await scene.reconcile()).toEqual({ requeueAfterMs: 60_000 });
    expect(scene.probed).toHaveLength(1);
    expect(scene.kube.writes).toHaveLength(writes);

    await scene.clock.advance(60_000);
    await scene.reconcile();
    expect(scene.probed).toHaveLength(2);
  });

  test('probes at once when the spec has changed', async () => {
    const scene = new Scene({ authentication: 'None' });
    await scene.reconcile();
    const spec = { zookeeper: { client: { servers: ['b:1'], authentication: 'None' } } };
    scene.kube.put(DATABASES, { ...scene.kube.object(DATABASES, KEY), spec });

    await scene.reconcile();

    expect(scene.probed[1]?.servers).toEqual(['b:1']);
  });

  test('notices within a minute that the Secret is gone', async () => {
    const scene = new Scene();
    scene.secret({ user: 'u', password: 'p' });
    await scene.reconcile();
    scene.kube.remove(SECRETS, KEY);

    await scene.reconcile();

    expect(scene.ready).toMatchObject({ status: 'False', reason: 'SecretNotFound' });
  });

  test('writes that a probe begins before it does, and no more of it once it has ended', async () => {
    const scene = new Scene({ authentication: 'None' });

    await scene.reconcile();

    const begun = { startTime: expect.any(String), generation: 1, count: 1 };
    expect(scene.statusWhileProbed).toMatchObject({ unfinishedProbe: begun });
    expect(scene.kube.object(DATABASES, KEY)?.status).not.toHaveProperty('unfinishedProbe');
  });

  test('counts the minute to the next probe from the end of this one', async () => {
    const scene = new Scene({ authentication: 'None' });
    scene.whileProbed = () => {
      scene.clock.jumpTo(new Date('2026-01-01T00:00:09Z'));
    };

    await scene.reconcile();

    expect(scene.kube.object(DATABASES, KEY)?.status).toMatchObject({
      lastProbeTime: '2026-01-01T00:00:09Z',
    });
  });

  test('keeps what a probe found where somebody labels the Database meanwhile', async () => {
    const scene = new Scene({ authentication: 'None' });
    scene.whileProbed = () => {
      const object = scene.kube.object(DATABASES, KEY);
      const metadata = { ...object?.metadata, labels: { team: 'a' } };
      scene.kube.put(DATABASES, { ...object, metadata });
    };

    await scene.reconcile();

    expect(scene.ready).toMatchObject({ status: 'True', reason: 'Reachable' });
    const now = scene.kube.object(DATABASES, KEY);
    expect(now?.status).not.toHaveProperty('unfinishedProbe');
    expect(now?.metadata.labels).toEqual({ team: 'a' });
    expect(scene.probed).toHaveLength(1);
  });

  test('gives up what a probe found where somebody names other servers meanwhile', async () => {
    const scene = new Scene({ authentication: 'None' });
    scene.whileProbed = () => {
      const spec = { zookeeper: { client: { servers: ['b:1'], authentication: 'None' } } };
      scene.kube.put(DATABASES, { ...scene.kube.object(DATABASES, KEY), spec });
    };

    await expect(scene.reconcile()).rejects.toThrow('has been modified');
    expect(scene.kube.object(DATABASES, KEY)?.status).not.toHaveProperty('conditions');
  });

  test('writes once where the API server cannot be reached, which is no word of a change', async () => {
    const scene = new Scene({ authentication: 'None' });
    let isLost = false;
    scene.whileProbed = () => (isLost = true);
    scene.kube.intercept = ({ method }) =>
      isLost && method === 'PUT' ? { fail: 'before' } : undefined;

    await expect(scene.reconcile()).rejects.toThrow(KubeConnectionError);
    expect(scene.kube.writes.filter(({ method }) => method === 'PUT')).toHaveLength(2);
  });

  test('probes servers that ended the operator later than others, later each time, and says so', async () => {
    const scene = new Scene({ authentication: 'None' });
    scene.isKilledByProbe = true;
    const waits: number[] = [];
    for (let life = 1; life <= 7; life++) {
      await expect(scene.reconcile()).rejects.toThrow('the process is gone');
      const { requeueAfterMs = 0 } = await scene.reconcile();
      expect(scene.probed).toHaveLength(life);
      expect(scene.ready).toMatchObject({ status: 'Unknown', reason: 'ProbeUnfinished' });
      expect((scene.ready as { message: string }).message).toContain(`${life} in a row`);
      await scene.clock.advance(requeueAfterMs);
      waits.push(requeueAfterMs);
    }
    const [first = 0] = waits;
    expect(first).toBeGreaterThanOrEqual(60_000);
    expect(first).toBeLessThan(120_000);
    expect(waits.slice(0, 5).map((wait) => Math.round(wait / first))).toEqual([1, 2, 4, 8, 16]);
    // The start of a probe is noted in whole seconds.
    expect(Math.abs((waits[6] ?? 0) - (waits[5] ?? 0))).toBeLessThan(1_000);
    expect(waits.at(-1)).toBeLessThanOrEqual(3_600_000);

    scene.isKilledByProbe = false;
    await scene.reconcile();
    expect(scene.ready).toMatchObject({ status: 'True', reason: 'Reachable' });
    expect(scene.kube.object(DATABASES, KEY)?.status).not.toHaveProperty('unfinishedProbe');
  });

  test('probes other servers at once after a probe that left no result', async () => {
    const scene = new Scene({ authentication: 'None' });
    scene.isKilledByProbe = true;
    await expect(scene.reconcile()).rejects.toThrow('the process is gone');
    scene.isKilledByProbe = false;
    const spec = { zookeeper: { client: { servers: ['b:1'], authentication: 'None' } } };
    scene.kube.put(DATABASES, { ...scene.kube.object(DATABASES, KEY), spec });

    await scene.reconcile();

    expect(scene.probed[1]?.servers).toEqual(['b:1']);
    expect(scene.ready).toMatchObject({ status: 'True' });
  });

  test('does not forget a probe that left no result because the Secret is gone for a while', async () => {
    const scene = new Scene();
    scene.secret({ user: 'u', password: 'p' });
    scene.isKilledByProbe = true;
    await expect(scene.reconcile()).rejects.toThrow('the process is gone');
    scene.kube.remove(SECRETS, KEY);
    await scene.reconcile();
    scene.secret({ user: 'u', password: 'p' });

    await scene.reconcile();

    expect(scene.probed).toHaveLength(1);
    expect(scene.ready).toMatchObject({ status: 'Unknown', reason: 'ProbeUnfinished' });
  });

  test('does nothing about an object that is being deleted', async () => {
    const scene = new Scene();
    const object = scene.kube.object(DATABASES, KEY);
    const metadata = { ...object?.metadata, finalizers: ['somebody.example/keep'] };
    scene.kube.put(DATABASES, { ...object, metadata });
    scene.kube.remove(DATABASES, KEY);
    expect(scene.kube.object(DATABASES, KEY)).toBeDefined();

    expect(await scene.reconcile()).toEqual({});
    expect(scene.kube.writes).toHaveLength(0);
  });

  test('does nothing about an object that is gone', async () => {
    const scene = new Scene();
    scene.kube.remove(DATABASES, KEY);

    expect(await scene.reconcile()).toEqual({});
    expect(scene.kube.writes).toHaveLength(0);
  });
});
