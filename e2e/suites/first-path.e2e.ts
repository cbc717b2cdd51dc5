import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { addressOf, installOperator, type Installation } from '../support/installation.ts';
import { connectReferee, type Referee } from '../support/referee.ts';
import {
  createUserNamespace,
  type SeenSynchronization,
  type UserNamespace,
} from '../support/user-namespace.ts';

// A real cluster on a busy machine takes its time; whatever is waited for has a deadline of its own.
jest.setTimeout(150_000);

const ROOT = '/test';

describe('the documented path', () => {
  let installation: Installation;
  let user: UserNamespace;
  let source: Referee;
  let destination: Referee;
  let first: SeenSynchronization;

  beforeAll(async () => {
    installation = await installOperator();
    user = await createUserNamespace(installation, 'first-path');
    source = await connectReferee(addressOf(installation.cluster.source));
    destination = await connectReferee(addressOf(installation.cluster.destination));
    await source.removeTree(ROOT);
    await destination.removeTree(ROOT);
    await source.put(`${ROOT}/brokers/topics/orders`, '{"partitions":3}');
    await source.put(`${ROOT}/config/empty`);
    await source.put(`${ROOT}/config/ünïcödé`, 'größer');
    await source.putEphemeral(`${ROOT}/brokers/ids-1`);
    await user.applyDatabases();
    first = await user.waitSucceeded(await user.createSynchronization());
  }, 420_000);

  afterAll(async () => {
    source.close();
    destination.close();
    await user.remove();
  });

  test('copies the tree, ephemerals left out', async () => {
    const copied = await destination.readTree(ROOT);

    expect(copied).toEqual(await source.readTree(ROOT));
    expect(Object.keys(copied)).toContain(`${ROOT}/config/ünïcödé`);
    expect(Object.keys(copied)).not.toContain(`${ROOT}/brokers/ids-1`);
  });

  test('says in its status what was done', () => {
    const succeeded = first.status?.conditions?.find(({ type }) => type === 'Succeeded');

    expect(succeeded).toMatchObject({ status: 'True', reason: 'Verified' });
    expect(first.status).toMatchObject({
      attempts: 1,
      result: {
        outcome: 'Success',
        verified: true,
        created: 7,
        updated: 0,
        deleted: 0,
        unchanged: 0,
        skipped: [{ reason: 'Ephemeral', count: 1 }],
      },
    });
    expect(first.status?.result?.source?.zxid).toMatch(/^0x[0-9a-f]+$/);
  });

  test('has columns that mean something', async () => {
    const synchronizations = await user.kubectl('get', 'synchronizations');
    const databases = await user.kubectl('get', 'databases');

    expect(synchronizations).toMatch(/SOURCE\s+DESTINATION\s+ROOT/);
    expect(synchronizations).toMatch(
      /zookeeper-source\s+zookeeper-destination\s+\/test\b.*Verified/,
    );
    expect(databases).toMatch(/zookeeper-source\s+True/);
    expect(databases).toMatch(/zookeeper-destination\s+True/);
  });

  test('tells its story in the log of the Job', async () => {
    const log = await user.kubectl('logs', `job/${first.status?.jobName ?? ''}`);
    const lines = log
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);

    expect(lines.length).toBeGreaterThan(3);
    expect(lines.at(-1)).toMatchObject({ result: { outcome: 'Success' } });
    expect(log).not.toContain('"password":"password"');
  });

  test('leaves events on the object that read like sentences', async () => {
    const described = await user.kubectl('describe', `synchronization/${first.metadata.name}`);
    const events = described.slice(described.indexOf('\nEvents:'));

    expect(events).toMatch(/Normal\s+JobCreated .* has been created to copy \/test from/);
    expect(events).toMatch(/Normal\s+Verified .* 7 created, 0 updated, 0 deleted, 0 unchanged/);
    expect(events).not.toMatch(/Warning/);
  });

  test('a second run writes nothing', async () => {
    const again = await user.waitSucceeded(await user.createSynchronization());

    expect(again.status?.result).toMatchObject({
      created: 0,
      updated: 0,
      deleted: 0,
      unchanged: 7,
    });
  });

  test('the next run carries changes and deletions over', async () => {
    await source.set(`${ROOT}/brokers/topics/orders`, '{"partitions":6}');
    await source.put(`${ROOT}/brokers/topics/payments`, '{}');
    await source.removeTree(`${ROOT}/config/empty`);

    const third = await user.waitSucceeded(await user.createSynchronization());

    expect(third.status?.result).toMatchObject({ created: 1, updated: 1, deleted: 1 });
    expect(await destination.readTree(ROOT)).toEqual(await source.readTree(ROOT));
  });

  test('is explained by kubectl', async () => {
    const explained = await user.kubectl('explain', 'synchronization.spec.config');

    expect(explained).toMatch(/rootPath\s+<string> -required-/);
    expect(explained).toMatch(/sourceName\s+<string> -required-/);
    expect(explained).not.toMatch(/<no description>|<empty>/);
  });
});
