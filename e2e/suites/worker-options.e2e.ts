import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { ANNOTATIONS, LABELS } from '../../api/labels.ts';
import { startPodWebhook, type AdmittedPod, type PatchStep } from '../support/admission-webhook.ts';
import { findHostAddress, startNameCatcher, type NameCatcher } from '../support/host-servers.ts';
import { addressOf, installOperator, type Installation } from '../support/installation.ts';
import { database, synchronization, type Manifest } from '../support/manifests.ts';
import { connectReferee, type Referee, type SeenTree } from '../support/referee.ts';
import { look } from '../support/seen-namespace.ts';
import { createUserNamespace, type UserNamespace } from '../support/user-namespace.ts';

// A real cluster on a busy machine takes its time; whatever is waited for has a deadline of its own.
jest.setTimeout(200_000);

/** Everything that this suite writes is below this, on both sides. */
const TOP = '/worker-options';
const NO_SECRET = { authentication: 'None' };

/** A variable of every container; the kubelet puts its value into arguments that name it. */
const VARIABLE = '$(KUBERNETES_SERVICE_PORT)';
const VALUE = '443';

/**
 * A name, and what the kubelet makes of it in an argument. Each stands beside the other on both
 * sides, so that a copy that goes astray finds something to copy, and something to destroy.
 */
const NAMES = [
  { run: 'dollars', name: 'dol$$x', misread: 'dol$x' },
  { run: 'variable', name: VARIABLE, misread: VALUE },
  { run: 'escaped-variable', name: `$${VARIABLE}`, misread: VARIABLE },
] as const;

/** What becomes of a copy whose pod somebody changes before it is created. */
const TAMPERINGS = ['options', 'words', 'no-options'] as const;

const SERVER_NAME = `zk$$.${VARIABLE}.example`;

describe('what a spec says reaches the worker letter by letter', () => {
  let installation: Installation;
  let user: UserNamespace;
  let source: Referee;
  let destination: Referee;
  let catcher: NameCatcher;
  let webhook: AsyncDisposable;

  beforeAll(async () => {
    installation = await installOperator();
    const { cluster, kubectl } = installation;
    user = await createUserNamespace(installation, 'worker-options');
    source = await connectReferee(addressOf(cluster.source));
    destination = await connectReferee(addressOf(cluster.destination));
    await Promise.all([source.removeTree(TOP), destination.removeTree(TOP)]);
    for (const { run, name, misread } of NAMES) await plant(`${TOP}/${run}`, name, misread);
    await plantChroots();
    await plantTampered();
    const host = await findHostAddress(cluster.source);
    catcher = await startNameCatcher(host);
    webhook = await startPodWebhook(kubectl, {
      name: 'resiliency-operator-tests-worker-options',
      namespace: user.name,
      host,
      change: tamper,
    });
    await user.apply(
      ...databases(),
      ...NAMES.map(({ run, name }) => copyOf(`${TOP}/${run}`, run, name)),
      synchronization({
        ...{ name: 'chroots', source: 'source-chroot', destination: 'destination-chroot' },
        rootPath: '/in',
      }),
      synchronization({
        ...{ name: 'server-name', source: 'source', destination: 'catcher', rootPath: TOP },
      }),
      ...TAMPERINGS.map((kind) =>
        synchronization({
          ...{ name: `tampered-${kind}`, source: 'source', destination: 'destination' },
          rootPath: `${TOP}/tampered/root`,
        }),
      ),
    );
  }, 420_000);

  afterAll(async () => {
    await webhook[Symbol.asyncDispose]();
    await catcher.close();
    await Promise.all([source.removeTree(TOP), destination.removeTree(TOP)]);
    source.close();
    destination.close();
    await user.remove();
  }, 150_000);

  test.each(NAMES)(
    'root, exclusion and node type named $name are these and not $misread',
    async ({ run, name, misread }) => {
      const ended = await seeVerified(run);

      const root = `${TOP}/${run}/${name}`;
      expect(textsBelow(await destination.readTree(`${TOP}/${run}`), `${TOP}/${run}`)).toEqual({
        [name]: '',
        [`${name}/a`]: 'of the root',
        [`${name}/keep`]: '',
        [`${name}/keep/${name}`]: '',
        [`${name}/keep/${name}/mine`]: 'of the destination',
        [`${name}/keep/${misread}`]: '',
        [`${name}/keep/${misread}/new`]: 'of the source',
        [misread]: '',
        [`${misread}/mine`]: 'of the destination',
      });
      // Nobody can see of a znode that it is a container; the worker says which rules it was given.
      expect(await firstLineOf(run)).toMatchObject({
        rootPath: root,
        exclude: [`${root}/keep/${name}`],
        nodeTypes: [{ glob: `${root}/box/${name}`, nodeType: { type: 'Container' } }],
        writerId: expect.stringMatching(
          new RegExp(`^synchronization/${user.name}/${run}/[0-9a-f-]{36}$`),
        ) as unknown,
      });
      expect(ended['skipped']).toContainEqual({
        ...{ reason: 'Excluded', count: 1 },
        paths: [`${root}/keep/${name}`],
      });
    },
  );

  test('chroots with dollar signs and variables are these and no others', async () => {
    await seeVerified('chroots');

    expect(textsBelow(await destination.readTree(`${TOP}/chroots`), `${TOP}/chroots`)).toEqual({
      ...{ to$$: '', 'to$$/in': '', 'to$$/in/a': 'of the chroot' },
      ...{ to$: '', 'to$/in': '', 'to$/in/mine': 'of the destination' },
    });
  });

  test('the name to expect in certificates is asked for as it is', async () => {
    await user.see((now) => {
      expect(now.condition('Synchronization/server-name', 'Succeeded')?.status).toBe('False');
    });

    expect([...catcher.names]).toEqual([SERVER_NAME]);
  });

  test.each(TAMPERINGS)(
    'a worker whose pod was changed on its way (%s) refuses, and writes nothing',
    async (kind) => {
      const id = `Synchronization/tampered-${kind}`;
      const seen = await user.see((now) => {
        expect(now.condition(id, 'Succeeded')).toMatchObject({
          ...{ status: 'False', reason: 'InvalidSpec' },
          message: expect.stringMatching(/webhook/) as unknown,
        });
      });

      expect(seen.object(id).status).toMatchObject({ attempts: 1 });
      expect(textsBelow(await destination.readTree(`${TOP}/tampered`), `${TOP}/tampered`)).toEqual({
        decoy: '',
        'decoy/mine': 'of the destination',
      });
    },
  );

  /** A tree under the name and one under what it could be taken for, each with the same within. */
  async function plant(parent: string, name: string, misread: string): Promise<void> {
    await source.put(`${parent}/${name}/a`, 'of the root');
    await source.put(`${parent}/${misread}/a`, 'of the decoy');
    await destination.put(`${parent}/${misread}/mine`, 'of the destination');
    for (const each of [name, misread]) {
      await source.put(`${parent}/${name}/keep/${each}/new`, 'of the source');
      await destination.put(`${parent}/${name}/keep/${each}/mine`, 'of the destination');
    }
  }

  async function plantChroots(): Promise<void> {
    await source.put(`${TOP}/chroots/${VARIABLE}/in/a`, 'of the chroot');
    await source.put(`${TOP}/chroots/${VALUE}/in/a`, 'of the decoy');
    await destination.put(`${TOP}/chroots/to$$`);
    await destination.put(`${TOP}/chroots/to$/in/mine`, 'of the destination');
  }

  async function plantTampered(): Promise<void> {
    await source.put(`${TOP}/tampered/root/a`, 'of the root');
    await source.put(`${TOP}/tampered/decoy/a`, 'of the decoy');
    await destination.put(`${TOP}/tampered/decoy/mine`, 'of the destination');
  }

  function databases(): readonly Manifest[] {
    const [from, to] = [addressOf(installation.cluster.source), destinationAddress()];
    return [
      database('source', from, NO_SECRET),
      database('destination', to, NO_SECRET),
      database('source-chroot', `${from}${TOP}/chroots/${VARIABLE}`, NO_SECRET),
      database('destination-chroot', `${to}${TOP}/chroots/to$$`, NO_SECRET),
      database('catcher', catcher.address, {
        ...{ authentication: 'None', tls: { enabled: true, serverName: SERVER_NAME } },
      }),
    ];
  }

  function destinationAddress(): string {
    return addressOf(installation.cluster.destination);
  }

  /** What a worker logs when it starts. */
  async function firstLineOf(run: string): Promise<unknown> {
    const seen = await look(installation.kubectl, user.name);
    const { jobName = '' } = seen.object(`Synchronization/${run}`).status ?? {};
    const [line = ''] = (await user.kubectl('logs', `job/${jobName}`)).split('\n');
    return JSON.parse(line);
  }

  async function seeVerified(run: string): Promise<Readonly<Record<string, unknown>>> {
    const id = `Synchronization/${run}`;
    const seen = await user.see((now) => {
      expect(now.condition(id, 'Succeeded')).toMatchObject({ status: 'True', reason: 'Verified' });
    });
    return seen.object(id).status?.result ?? {};
  }
});

function copyOf(parent: string, run: string, name: string): Manifest {
  const rootPath = `${parent}/${name}`;
  return synchronization({
    ...{ name: run, source: 'source', destination: 'destination', rootPath },
    config: {
      exclude: { paths: [`${rootPath}/keep/${name}`] },
      nodeTypes: [{ glob: `${rootPath}/box/${name}`, type: 'Container' }],
    },
  });
}

/** Leads the copy to the decoy beside its root, in one way each. */
function tamper({ metadata, spec }: AdmittedPod): readonly PatchStep[] {
  const run = metadata.labels[LABELS.synchronization];
  const annotation = `/metadata/annotations/${ANNOTATIONS.workerOptions.replace('/', '~1')}`;
  const decoy = `${TOP}/tampered/decoy`;
  switch (run) {
    case 'tampered-options': {
      const options = metadata.annotations[ANNOTATIONS.workerOptions] ?? '';
      const value = options.replace(`${TOP}/tampered/root`, decoy);
      return [{ op: 'replace', path: annotation, value }];
    }
    case 'tampered-words': {
      const value = [...(spec.containers[0]?.args ?? []), `--root-path=${decoy}`];
      return [{ op: 'replace', path: '/spec/containers/0/args', value }];
    }
    case 'tampered-no-options':
      return [{ op: 'remove', path: annotation }];
    default:
      return [];
  }
}

/** Path below `top` → text. */
function textsBelow(tree: SeenTree, top: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(tree)
      .filter(([path]) => path !== top)
      .map(([path, data]) => [
        path.slice(top.length + 1),
        Buffer.from(data ?? '', 'base64').toString(),
      ]),
  );
}
