import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { eventually } from '../../testing/eventually.ts';
import { askAuthorizer, type Question } from '../support/authorizer.ts';
import {
  installOperator,
  OPERATOR_DEPLOYMENTS,
  OPERATOR_NAMESPACE,
  type Installation,
} from '../support/installation.ts';
import { createUserNamespace, type UserNamespace } from '../support/user-namespace.ts';

// A real cluster on a busy machine takes its time; whatever is waited for has a deadline of its own.
jest.setTimeout(150_000);

const LEASES = 'leases.coordination.k8s.io';
const DATABASES = 'databases.assets.astronetes.io';
const SYNCHRONIZATIONS = 'synchronizations.automation.astronetes.io';
const PLANS = 'synchronizationplans.automation.astronetes.io';
const JOBS = 'jobs.batch';

type Deployment = (typeof OPERATOR_DEPLOYMENTS)[number];

interface Rights {
  readonly deployment: Deployment;
  /** `verb resource`, in the namespace of a user. */
  readonly may: readonly string[];
  readonly mayNot: readonly string[];
}

const FOR_NONE = [
  ...['list secrets', 'watch secrets', 'create secrets', 'update secrets', 'delete secrets'],
  ...['create pods', 'patch pods', 'update pods', 'create pods/exec', 'delete events'],
  ...[`create ${LEASES}`, `delete ${LEASES}`, `delete ${DATABASES}`, `delete ${PLANS}`],
  ...[`update ${DATABASES}`, `update ${SYNCHRONIZATIONS}`, `update ${PLANS}`],
  ...['create roles.rbac.authorization.k8s.io', 'create serviceaccounts/token'],
];

const ENDING = [`delete ${JOBS}`, 'delete pods'];

const RIGHTS: readonly Rights[] = [
  {
    deployment: 'resiliency-operator-database-controller',
    may: ['get secrets', `watch ${DATABASES}`, `update ${DATABASES}/status`, 'create events'],
    mayNot: [...ENDING, `create ${JOBS}`, 'list pods', `get ${SYNCHRONIZATIONS}`, `get ${PLANS}`],
  },
  {
    deployment: 'resiliency-operator-synchronization-controller',
    may: [
      ...[`patch ${SYNCHRONIZATIONS}`, `update ${SYNCHRONIZATIONS}/status`, `get ${DATABASES}`],
      ...[`create ${JOBS}`, `patch ${JOBS}`, 'list pods', 'get pods/log', 'list events'],
      // What a worker that has ended leaves running.
      ...ENDING,
    ],
    mayNot: ['get secrets', `create ${SYNCHRONIZATIONS}`, `get ${PLANS}`, `update ${JOBS}`],
  },
  {
    deployment: 'resiliency-operator-synchronizationplan-controller',
    may: [
      ...[`create ${SYNCHRONIZATIONS}`, `delete ${SYNCHRONIZATIONS}`, `update ${PLANS}/status`],
      // It notes the UID of a plan beside a run that was asked for by hand.
      `patch ${PLANS}`,
      // Under concurrencyPolicy Replace it looks whether a worker is gone.
      ...['create events', `get ${JOBS}`, 'list pods'],
    ],
    mayNot: [
      ...ENDING,
      ...['get secrets', `create ${JOBS}`, `list ${JOBS}`, 'get pods/log', `get ${DATABASES}`],
      `update ${SYNCHRONIZATIONS}/status`,
    ],
  },
];

describe('who may do what', () => {
  let installation: Installation;
  let user: UserNamespace;

  beforeAll(async () => {
    installation = await installOperator();
    user = await createUserNamespace(installation, 'roles');
  }, 300_000);

  afterAll(async () => {
    await user.remove();
  });

  test.each(RIGHTS)('$deployment may do its work', async ({ deployment, may }) => {
    expect(await allowed(may.map((words) => question(deployment, words)))).toEqual(may);
  });

  test.each(RIGHTS)('$deployment may do nothing else', async ({ deployment, mayNot }) => {
    const words = [...FOR_NONE, ...mayNot];

    expect(await allowed(words.map((each) => question(deployment, each)))).toEqual([]);
  });

  test.each(OPERATOR_DEPLOYMENTS)('%s may hold its own Lease', async (deployment) => {
    const words = [`get ${LEASES}`, `update ${LEASES}`];

    expect(await allowed(words.map((each) => leaseQuestion(deployment, each, deployment)))).toEqual(
      words,
    );
  });

  test.each(OPERATOR_DEPLOYMENTS)('%s may touch no other Lease', async (deployment) => {
    const others = [...OPERATOR_DEPLOYMENTS.filter((name) => name !== deployment), 'somebodys'];
    const verbs = ['get', 'update', 'patch', 'delete'];
    const onOthers = others.flatMap((name) =>
      verbs.map((verb) => leaseQuestion(deployment, `${verb} ${LEASES}`, name)),
    );
    const onAll = ['list', 'watch', 'create', 'deletecollection'].map((verb) =>
      leaseQuestion(deployment, `${verb} ${LEASES}`),
    );
    // The name alone gives no right where users are.
    const elsewhere = { ...leaseQuestion(deployment, `get ${LEASES}`, deployment) };

    expect(await allowed([...onOthers, ...onAll, { ...elsewhere, namespace: user.name }])).toEqual(
      [],
    );
  });

  test('whoever may view or edit a namespace may do so with our kinds', async () => {
    await bind('view', 'viewer');
    await bind('edit', 'editor');
    const kinds = [DATABASES, SYNCHRONIZATIONS, PLANS];
    const questions = (name: string, verbs: readonly string[]): readonly Question[] =>
      verbs.flatMap((verb) =>
        kinds.map((kind) => ({ user: name, namespace: user.name, words: `${verb} ${kind}` })),
      );
    const reading = ['get', 'list', 'watch'];
    const writing = ['create', 'update', 'patch', 'delete'];

    // The API server takes a binding up a moment after it has accepted it.
    await seeAllowed(questions('viewer', reading));
    await seeAllowed(questions('editor', [...reading, ...writing]));
    expect(await allowed(questions('viewer', writing))).toEqual([]);
    expect(await allowed(questions('nobody', reading))).toEqual([]);
  });

  function question(deployment: Deployment, words: string): Question {
    return { user: accountOf(deployment), namespace: user.name, words };
  }

  /** The words of those questions that are answered with yes. */
  async function allowed(questions: readonly Question[]): Promise<readonly string[]> {
    const answers = await askAuthorizer(installation.kubectl, questions);
    return questions.filter((_, index) => answers[index]).map(({ words }) => words);
  }

  async function seeAllowed(questions: readonly Question[]): Promise<void> {
    await eventually(async () => (await allowed(questions)).length === questions.length, {
      ...{ timeoutMs: 20_000, intervalMs: 200 },
      description: `yes to ${questions.map(({ words }) => words).join(', ')}`,
    });
  }

  async function bind(role: string, name: string): Promise<void> {
    await user.kubectl('create', 'rolebinding', name, `--clusterrole=${role}`, `--user=${name}`);
  }
});

function leaseQuestion(deployment: Deployment, words: string, name?: string): Question {
  const namespace = OPERATOR_NAMESPACE;
  return { user: accountOf(deployment), namespace, words, ...(name !== undefined && { name }) };
}

function accountOf(deployment: Deployment): string {
  return `system:serviceaccount:${OPERATOR_NAMESPACE}:${deployment}`;
}
