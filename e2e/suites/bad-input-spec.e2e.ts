import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { readClusterInfo } from '../cluster/index.ts';
import { findHostAddress, startRelay, type Relay } from '../support/host-servers.ts';
import { addressOf, installOperator, type Installation } from '../support/installation.ts';
import { createKubectl, type CommandResult } from '../support/kubectl.ts';
import { loosenCrds, restoreCrds } from '../support/loose-crds.ts';
import { database, plan, synchronization, type Manifest } from '../support/manifests.ts';
import { connectReferee, type Referee } from '../support/referee.ts';
import { readServerFeatures } from '../support/server-features.ts';
import { createUserNamespace, type UserNamespace } from '../support/user-namespace.ts';

jest.setTimeout(200_000);

/** Root of the one copy that runs here; everything that this suite writes is below it. */
const ROOT = '/bad-input-spec';
const NO_SECRET = { authentication: 'None' };

const { celRules } = await readServerFeatures(createKubectl(await readClusterInfo()));

interface BadSpec {
  readonly name: string;
  readonly manifest: Manifest;
  /** What the API server says; of a rule in CEL, in our words. */
  readonly refusal: RegExp;
  /** What a server without CEL says; null where it lets the object pass. */
  readonly refusalWithoutCel: RegExp | null;
  /** Where and what the operator says if the API server let it pass. */
  readonly condition: 'Succeeded' | 'Ready';
  readonly message: RegExp;
}

/** A pattern is all that a server without CEL judges a path by; it cannot see everything. */
const PATTERN = /spec\.config\.rootPath in body should match/;

const ROOT_PATHS = [
  { name: 'relative', rootPath: 'test', must: 'must start with "/"', withoutCel: PATTERN },
  { name: 'two-slashes', rootPath: '/a//b', must: 'must not contain "//"', withoutCel: PATTERN },
  {
    ...{ name: 'dot', rootPath: '/./a', must: 'must not contain the names "." or ".."' },
    withoutCel: null,
  },
  { name: 'trailing-slash', rootPath: '/a/', must: 'must not end with "/"', withoutCel: PATTERN },
  {
    ...{ name: 'zookeeper', rootPath: '/zookeeper', must: 'must not be /zookeeper or below it' },
    withoutCel: null,
  },
];

/** The same on every version. */
const UNKNOWN_PLUGIN =
  /spec\.plugin: Unsupported value: "zookeper": supported values: "zookeeper-to-zook/;

const BAD_SPECS: readonly BadSpec[] = [
  {
    name: 'unknown-plugin',
    manifest: copy('unknown-plugin', { spec: { plugin: 'zookeper' } }),
    refusal: UNKNOWN_PLUGIN,
    refusalWithoutCel: UNKNOWN_PLUGIN,
    condition: 'Succeeded',
    message: /spec\.plugin must be one of zookeeper-to-zookeeper-nodes, .*; found "zookeper"/,
  },
  ...ROOT_PATHS.map(({ name, rootPath, must, withoutCel }): BadSpec => ({
    name,
    manifest: copy(name, { rootPath }),
    refusal: new RegExp(`spec\\.config\\.rootPath: Invalid value: .*${escape(must)}`),
    refusalWithoutCel: withoutCel,
    condition: 'Succeeded',
    message: new RegExp(`spec\\.config\\.rootPath ${escape(must)}; found "${rootPath}"`),
  })),
  {
    name: 'onto-itself',
    manifest: copy('onto-itself', { destination: 'source' }),
    refusal: /spec\.config: Invalid value: .*must name two different Databases as source and dest/,
    refusalWithoutCel: null,
    condition: 'Succeeded',
    message:
      /must name two different Databases .*; found sourceName "source" and destinationName "s/,
  },
  {
    name: 'no-port',
    manifest: database('no-port', 'zookeeper', NO_SECRET),
    refusal: /spec\.zookeeper\.client\.servers\[0\]: Invalid value: .*must name a port from 1 to 6/,
    refusalWithoutCel: /spec\.zookeeper\.client\.servers\[0\] in body should match/,
    condition: 'Ready',
    message:
      /spec\.zookeeper\.client\.servers\[0\] must name a port .*; found "zookeeper"\. Add it/,
  },
  {
    name: 'a-url',
    manifest: database('a-url', 'zk://zookeeper:2181', NO_SECRET),
    refusal: /spec\.zookeeper\.client\.servers\[0\]: Invalid value: .*without a scheme, a user or/,
    refusalWithoutCel: null,
    condition: 'Ready',
    message: /spec\.zookeeper\.client\.servers\[0\] must be host:port without a scheme/,
  },
  {
    name: 'zone-in-schedule',
    manifest: plan('zone-in-schedule', { schedule: 'TZ=UTC 1 * * * *' }, copy('x', {})),
    refusal: /spec\.schedule: Invalid value: .*must not contain a time zone/,
    refusalWithoutCel: null,
    condition: 'Ready',
    message: /spec\.schedule must not contain a time zone; found .*\. Write it in spec\.timeZone/,
  },
];

const BAD_SCHEDULES = [
  {
    name: 'in-words',
    schedule: 'every day',
    event: 'UnparseableSchedule',
    message: /spec\.schedule: it must have five fields/,
  },
  {
    name: 'minute-61',
    schedule: '61 * * * *',
    event: 'UnparseableSchedule',
    message: /spec\.schedule: the minute "61" cannot be used: 61 is above the highest minute, 59/,
  },
  {
    name: 'never',
    schedule: '0 0 30 2 *',
    event: 'InvalidSchedule',
    message:
      /spec\.schedule: "0 0 30 2 \*" does not come true within five years: check the day and/,
  },
];

describe('specs that are not allowed', () => {
  let installation: Installation;
  let user: UserNamespace;
  let source: Referee;
  let destination: Referee;
  let relay: Relay;

  beforeAll(async () => {
    installation = await installOperator();
    const { cluster } = installation;
    user = await createUserNamespace(installation, 'bad-input-spec');
    source = await connectReferee(addressOf(cluster.source));
    destination = await connectReferee(addressOf(cluster.destination));
    await Promise.all([source.removeTree(ROOT), destination.removeTree(ROOT)]);
    await source.put(`${ROOT}/running/a`, 'b');
    const host = await findHostAddress(cluster.source);
    relay = await startRelay({ host, target: cluster.destination, stopAfterBytes: 0 });
    await user.apply(
      database('source', addressOf(cluster.source), NO_SECRET),
      // Until the relay is opened, what copies to it neither ends nor fails.
      database('destination', relay.address, { ...NO_SECRET, sessionTimeoutSeconds: 300 }),
      copy('running', {}),
      ...BAD_SCHEDULES.map(({ name, schedule }) => plan(name, { schedule }, copy('x', {}))),
    );
  }, 420_000);

  afterAll(async () => {
    await restoreCrds(installation.kubectl);
    await relay.close();
    await Promise.all([source.removeTree(ROOT), destination.removeTree(ROOT)]);
    source.close();
    destination.close();
    await user.remove();
  }, 150_000);

  describe('at admission', () => {
    const answered = BAD_SPECS.map(({ name, manifest, refusal, refusalWithoutCel }) => {
      if (celRules) {
        return { name, manifest, said: refusal, answer: 'refused, and the sentence says why' };
      }
      const answer = refusalWithoutCel ? 'refused' : 'let pass, for the operator to refuse';
      return { name, manifest, said: refusalWithoutCel, answer };
    });

    test.each(answered)('$name is $answer', async ({ manifest, said }) => {
      const { exitCode, stderr } = await user.tryCreate(manifest, '--dry-run=server');

      expect(stderr).toMatch(said ?? /^$/);
      expect(exitCode).toBe(said === null ? 0 : 1);
    });

    const edited = celRules
      ? { answer: 'refused', exitCode: 1, said: /spec: .*must not be changed.*create a new one/s }
      : { answer: 'let pass, for the operator to tell', exitCode: 0, said: /^$/ };

    test(`an edit of a Synchronization is ${edited.answer}`, async () => {
      const { exitCode, stderr } = await editRunning('--dry-run=server');

      expect(stderr).toMatch(edited.said);
      expect(exitCode).toBe(edited.exitCode);
    });
  });

  test.each(BAD_SCHEDULES)(
    'the schedule "$schedule" is answered in condition and event, and starts nothing',
    async ({ name, event, message }) => {
      const id = `SynchronizationPlan/${name}`;
      const expected = {
        reason: 'InvalidSchedule',
        message: expect.stringMatching(message) as unknown,
      };
      const seen = await user.see((now) => {
        expect(now.condition(id, 'Ready')).toMatchObject({ status: 'False', ...expected });
      });

      expect(seen.condition(id, 'Stalled')).toMatchObject({ status: 'True', ...expected });
      expect(seen.events(id)).toContainEqual(
        expect.stringMatching(new RegExp(`^Warning ${event} .*${message.source}`)),
      );
      expect(seen.ownedBy(id, 'Synchronization')).toEqual([]);
    },
  );

  describe('past an API server without these rules', () => {
    beforeAll(async () => {
      await user.see((now) => {
        expect(now.condition('Synchronization/running', 'Succeeded')?.reason).toBe('Running');
      });
      await loosenCrds(installation.kubectl);
      await user.apply(...BAD_SPECS.map(({ manifest }) => manifest));
      await user.apply(copy('from-no-port', { source: 'no-port' }));
      expect(await editRunning()).toMatchObject({ exitCode: 0, stderr: '' });
    }, 220_000);

    test.each(BAD_SPECS)('$name is InvalidSpec, without a Job', async (bad) => {
      const { name, manifest, condition, message } = bad;
      await seeInvalid(`${manifest.kind}/${name}`, condition, message);
    });

    test('a copy from a Database that is invalid waits and says so', async () => {
      const id = 'Synchronization/from-no-port';
      const seen = await user.see((now) => {
        expect(now.condition(id, 'Succeeded')).toMatchObject({
          ...{ status: 'Unknown', reason: 'InvalidSpec' },
          message: expect.stringMatching(/^The Database no-port: .* must name a port/) as unknown,
        });
      });

      expect(seen.ownedBy(id, 'Job')).toEqual([]);
    });

    test('an edited Synchronization is SpecChanged, and its run goes on as it began', async () => {
      const id = 'Synchronization/running';
      const changed = { status: 'True', reason: 'SpecChanged' };
      const edited = await user.see((now) => {
        expect(now.condition(id, 'Stalled')).toMatchObject(changed);
      });
      expect(edited.condition(id, 'Succeeded')).toMatchObject({ status: 'Unknown' });
      expect(edited.events(id)).toContainEqual(
        expect.stringMatching(/^Warning SpecChanged The spec was changed after .*Create a new/),
      );

      relay.open();
      const ended = await user.see((now) => {
        expect(now.condition(id, 'Succeeded')).toMatchObject({ reason: 'Verified' });
      });

      expect(ended.condition(id, 'Stalled')).toMatchObject(changed);
      expect(ended.ownedBy(id, 'Job')).toHaveLength(1);
      expect(Object.keys(await destination.readTree(ROOT))).toEqual([
        ...[ROOT, `${ROOT}/running`, `${ROOT}/running/a`],
      ]);
    });
  });

  async function seeInvalid(id: string, type: string, message: RegExp): Promise<void> {
    const expected = {
      reason: 'InvalidSpec',
      message: expect.stringMatching(message) as unknown,
    };
    const seen = await user.see((now) => {
      expect(now.condition(id, type)).toMatchObject({ status: 'False', ...expected });
    });

    expect(seen.condition(id, 'Stalled')).toMatchObject({ status: 'True', ...expected });
    expect(seen.events(id)).toContainEqual(
      expect.stringMatching(new RegExp(`^Warning InvalidSpec .*${message.source}`)),
    );
    expect(seen.ownedBy(id, 'Job')).toEqual([]);
    expect(seen.ownedBy(id, 'Synchronization')).toEqual([]);
  }

  function editRunning(...flags: readonly string[]): Promise<CommandResult> {
    const patch = JSON.stringify({ spec: { config: { rootPath: `${ROOT}/another` } } });
    return installation.kubectl.attempt([
      ...['-n', user.name, 'patch', 'synchronization/running'],
      ...['--type=merge', `--patch=${patch}`, ...flags],
    ]);
  }
});

function copy(name: string, different: Partial<Parameters<typeof synchronization>[0]>): Manifest {
  return synchronization({
    ...{ name, source: 'source', destination: 'destination', rootPath: `${ROOT}/${name}` },
    ...different,
  });
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll('"', '\\\\?"');
}
