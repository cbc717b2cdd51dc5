import type { Kubectl } from './kubectl.ts';

/** What `kubectl auth can-i … --as=USER` asks. */
export interface Question {
  readonly user: string;
  readonly namespace: string;
  /** `verb resource`, as `kubectl auth can-i` has them: `get pods/log`, `create jobs.batch`. */
  readonly words: string;
  /** One object of that resource; without it all of them are meant. */
  readonly name?: string;
}

/** Asks the API server's authorizer all of it at once; gives back its answers in the same order. */
export async function askAuthorizer(
  kubectl: Kubectl,
  questions: readonly Question[],
): Promise<readonly boolean[]> {
  const list = { apiVersion: 'v1', kind: 'List', items: questions.map(accessReview) };
  const answers = await kubectl.run(
    ['create', '-f', '-', '-o', String.raw`jsonpath={.status.allowed}{"\n"}`],
    JSON.stringify(list),
  );
  const lines = answers.trim().split('\n');
  if (lines.length !== questions.length || !lines.every((line) => /^(true|false)$/.test(line))) {
    throw new Error(`expected ${questions.length} answers, got: ${answers}`);
  }
  return lines.map((line) => line === 'true');
}

function accessReview({ user, namespace, words, name }: Question): unknown {
  const [verb = '', target = ''] = words.split(' ');
  const [path = '', subresource] = target.split('/');
  const [resource = '', ...group] = path.split('.');
  return {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    spec: {
      user,
      groups: groupsOf(user),
      resourceAttributes: { verb, resource, group: group.join('.'), subresource, namespace, name },
    },
  };
}

/** A service account is also a member of these groups; `can-i --as` adds them in the same way. */
function groupsOf(user: string): readonly string[] {
  const [, namespace] = /^system:serviceaccount:([^:]+):/.exec(user) ?? [];
  const all = ['system:authenticated'];
  return namespace === undefined
    ? all
    : [...all, 'system:serviceaccounts', `system:serviceaccounts:${namespace}`];
}
