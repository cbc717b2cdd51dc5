import { needsSecret } from '../../assets/zookeeper/credentials.ts';
import { labelValue } from '../../api/labels.ts';
import { synchronizeOptions } from '../../api/options/options-file.ts';
import type { SynchronizeArguments } from '../../api/options/synchronize-options.ts';
import type { ZookeeperClient } from '../../api/v1alpha1/database.ts';
import { argumentsOfConfig } from '../../api/v1alpha1/plugins/arguments-of-config.ts';
import { configNode } from '../../api/v1alpha1/plugins/registry.ts';
import { CREDENTIALS_DIRS } from '../../api/worker-contract.ts';
import { controllerOf, type KubeObject } from '../kube/objects.ts';
import type { SecretMount } from '../workers/worker-task.ts';
import type { OperatorPlugin, PluginRun } from './plugin.ts';

type Side = keyof typeof CREDENTIALS_DIRS;
const SIDES = ['source', 'destination'] as const satisfies readonly Side[];

/** Copies the znodes of one Database to another one. */
export const zookeeperToZookeeperNodes: OperatorPlugin = {
  taskOf: (run) => ({
    options: synchronizeOptions(workerArguments(run)),
    secrets: sidesWithCredentials(run).map((side) => secretMount(side, run)),
  }),
};

/** The arguments of the worker, from the spec and the two Databases. */
export function workerArguments(input: PluginRun): SynchronizeArguments {
  const { spec, source, destination } = input;
  const { config, activeDeadlineSeconds: deadlineSeconds } = spec;
  const sides = sidesWithCredentials(input);
  return {
    sourceServers: source.servers,
    destinationServers: destination.servers,
    rootPath: config.rootPath,
    ...argumentsOfConfig(configNode(spec.plugin), config),
    ...(sides.includes('source') ? { sourceCredentialsDir: CREDENTIALS_DIRS.source } : {}),
    ...(sides.includes('destination')
      ? { destinationCredentialsDir: CREDENTIALS_DIRS.destination }
      : {}),
    sourceAuthentication: source.authentication,
    destinationAuthentication: destination.authentication,
    sourceTls: source.tls.enabled,
    destinationTls: destination.tls.enabled,
    ...ofSides('TlsServerName', (side) => serverNameOf(input[side])),
    ...ofSides('JuteMaxBufferBytes', (side) => input[side].juteMaxBufferBytes),
    sourceSessionTimeoutSeconds: source.sessionTimeoutSeconds,
    destinationSessionTimeoutSeconds: destination.sessionTimeoutSeconds,
    writerId: writerId(input.owner),
    ...(deadlineSeconds === undefined ? {} : { deadlineSeconds }),
  };
}

/**
 * A plan's runs are one writer, whichever slot they are for; a run of its own is its own. The UID
 * tells writers apart, the rest tells a person who it is; the worker takes 253 characters.
 */
function writerId(owner: KubeObject): string {
  const plan = controllerOf(owner);
  const { kind, name, uid } = plan ?? { kind: owner.kind, ...owner.metadata };
  return `${kind.toLowerCase()}/${owner.metadata.namespace}/${labelValue(name)}/${uid}`;
}

function sidesWithCredentials(input: PluginRun): readonly Side[] {
  return SIDES.filter((side) => needsSecret(input[side]));
}

/** An option of each side that has one. */
function ofSides(
  option: 'TlsServerName' | 'JuteMaxBufferBytes',
  valueOf: (side: Side) => string | number | undefined,
): Partial<SynchronizeArguments> {
  const named = SIDES.map((side) => [`${side}${option}`, valueOf(side)] as const);
  return Object.fromEntries(named.filter(([, value]) => value !== undefined));
}

/** Without TLS there is no certificate that a name could be looked for in. */
function serverNameOf({ tls }: ZookeeperClient): string | undefined {
  return tls.enabled ? tls.serverName : undefined;
}

/** The Secret has the name of its Database. */
function secretMount(side: Side, run: PluginRun): SecretMount {
  const { authentication, tls } = run[side];
  return {
    volume: `${side}-credentials`,
    secretName: run.spec.config[`${side}Name`],
    mountPath: CREDENTIALS_DIRS[side],
    requiredKeys: authentication === 'None' ? [] : ['user', 'password'],
    optionalKeys: tls.enabled ? ['ca.crt', 'tls.crt', 'tls.key'] : [],
  };
}
