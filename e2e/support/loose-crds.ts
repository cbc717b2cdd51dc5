import { eventually } from '../../testing/eventually.ts';
import type { Kubectl } from './kubectl.ts';

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly [keyword: string]: unknown;
}

interface Crd {
  readonly spec: {
    readonly versions: readonly {
      readonly schema: { readonly openAPIV3Schema: Schema };
    }[];
  };
}

const NAMES = [
  'databases.assets.astronetes.io',
  'synchronizations.automation.astronetes.io',
  'synchronizationplans.automation.astronetes.io',
] as const;

/** What an old API server does not know, or an old version of the kinds did not ask for. */
const RULES: ReadonlySet<string> = new Set(['x-kubernetes-validations', 'pattern', 'enum']);

const EFFECT_TIMEOUT_MS = 30_000;

/** An object that the kinds refuse on every version of Kubernetes: it tells which rules hold now. */
const REFUSED = JSON.stringify({
  apiVersion: 'automation.astronetes.io/v1alpha1',
  kind: 'Synchronization',
  metadata: { name: 'dry-run' },
  spec: { plugin: 'none', config: { sourceName: 'a', destinationName: 'b', rootPath: '/' } },
});

/**
 * Takes the rules out of the kinds, so that the API server accepts what only the operator refuses:
 * as a server without CEL does, and as objects are that are older than a rule.
 */
export async function loosenCrds(kubectl: Kubectl): Promise<void> {
  for (const name of NAMES) {
    const crd = await kubectl.get<Crd>(['crd', name]);
    const versions = crd.spec.versions.map((version) => ({
      ...version,
      schema: { openAPIV3Schema: loosenSpec(version.schema.openAPIV3Schema) },
    }));
    // Not `replace`: that would make `apply` lose track of what it applied.
    const patch = JSON.stringify({ spec: { versions } });
    await kubectl.run(['patch', 'crd', name, '--type=merge', `--patch=${patch}`]);
  }
  await refusalBecomes(kubectl, false);
}

/** Puts the kinds back as they are installed. */
export async function restoreCrds(kubectl: Kubectl): Promise<void> {
  await kubectl.run(['apply', '-f', 'manifests/crds.yaml']);
  await refusalBecomes(kubectl, true);
}

/** The API server takes a new definition up a moment after it has accepted it. */
async function refusalBecomes(kubectl: Kubectl, refused: boolean): Promise<void> {
  await eventually(
    async () => {
      const dryRun = ['-n', 'default', 'create', '--dry-run=server', '-f', '-'];
      const { exitCode } = await kubectl.attempt(dryRun, REFUSED);
      return (exitCode !== 0) === refused;
    },
    { timeoutMs: EFFECT_TIMEOUT_MS, intervalMs: 200, description: 'the new rules in force' },
  );
}

function loosenSpec(schema: Schema): Schema {
  const { spec, ...others } = schema.properties ?? {};
  return { ...schema, properties: { ...others, ...(spec && { spec: loosen(spec) }) } };
}

function loosen({ properties, items, ...keywords }: Schema): Schema {
  const kept = Object.entries(keywords).filter(([keyword]) => !RULES.has(keyword));
  const fields = Object.entries(properties ?? {}).map(([name, field]) => [name, loosen(field)]);
  return {
    ...Object.fromEntries(kept),
    ...(properties && { properties: Object.fromEntries(fields) as Record<string, Schema> }),
    ...(items && { items: loosen(items) }),
  };
}
