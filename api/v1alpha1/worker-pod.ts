/** `spec.worker`: what of the worker's pod a user may decide. */
import {
  choice,
  integer,
  list,
  mapOf,
  optional,
  passedOn,
  quantity,
  structure,
  text,
  type Pattern,
  type Static,
} from '../schema/builders.ts';
import { objectName } from './fields.ts';

/** Enough for the worker's own memory bound, and small enough not to wait for room in a cluster. */
export const DEFAULT_WORKER_RESOURCES: WorkerResources = {
  requests: { cpu: '100m', memory: '256Mi' },
  limits: { cpu: '2', memory: '512Mi' },
};

/** Secret with the registry's credentials, as the installation documents it. */
export const DEFAULT_PULL_SECRET = 'pull-secret';

const IP: Pattern = {
  regex: '^[0-9A-Fa-f.:]+$',
  must: 'must be an IP address',
  remedy: 'Write for example 10.0.0.10 or 2001:db8::1.',
};

type WorkerResources = {
  requests?: Record<string, string | number>;
  limits?: Record<string, string | number>;
};

const resources = structure(
  {
    requests: optional(
      mapOf(quantity('An amount, for example 500m or 256Mi.'), {
        description: 'What the pod is guaranteed, by resource (cpu, memory).',
      }),
    ),
    limits: optional(
      mapOf(quantity('An amount, for example 2 or 512Mi.'), {
        description: 'What the pod may use at most, by resource (cpu, memory).',
      }),
    ),
  },
  {
    description:
      'CPU and memory of the worker. This replaces the default as a whole, so that your limits cannot be below the default requests.',
    default: DEFAULT_WORKER_RESOURCES,
  },
);

const toleration = structure(
  {
    key: optional(text({ description: 'Taint key; left out it means every key.' })),
    operator: optional(
      choice(['Exists', 'Equal'], { description: 'Equal (the default) compares the value too.' }),
    ),
    value: optional(text({ description: 'Taint value, for Equal.' })),
    effect: optional(
      choice(['NoSchedule', 'PreferNoSchedule', 'NoExecute'], {
        description: 'Taint effect; left out it means every effect.',
      }),
    ),
    tolerationSeconds: optional(
      integer({ description: 'For NoExecute: how long the pod may stay; left out, for ever.' }),
    ),
  },
  { description: 'A taint of a node that the worker bears.' },
);

const dnsConfig = structure(
  {
    nameservers: optional(
      list(text({ description: 'IP address of a DNS server.', pattern: IP }), {
        description: 'DNS servers to ask besides the ones of the cluster.',
        maxItems: 3,
      }),
    ),
    searches: optional(
      list(text({ description: 'A domain.' }), {
        description: 'Domains in which short names are looked up.',
        maxItems: 32,
      }),
    ),
    options: optional(
      list(
        structure(
          {
            name: optional(text({ description: 'Name of the option, for example ndots.' })),
            value: optional(text({ description: 'Its value, if it has one.' })),
          },
          { description: 'An option of the resolver.' },
        ),
        { description: 'Options of the resolver.' },
      ),
    ),
  },
  { description: 'How the worker resolves host names, besides what the cluster sets.' },
);

const hostAlias = structure(
  {
    ip: text({ description: 'IP address the names stand for.', pattern: IP }),
    hostnames: list(text({ description: 'A host name.' }), {
      description: 'Host names for that address.',
      minItems: 1,
    }),
  },
  { description: "A line of the worker's /etc/hosts." },
);

/** The schema of `spec.worker`. */
export const workerPod = structure(
  {
    resources,
    nodeSelector: optional(
      mapOf(text({ description: 'Value of the label.' }), {
        description: 'Labels a node must have for the worker to run there.',
      }),
    ),
    tolerations: optional(
      list(toleration, { description: 'Taints of nodes that the worker tolerates.' }),
    ),
    affinity: optional(
      passedOn<Record<string, unknown>>('Affinity of the pod, as Kubernetes defines it.'),
    ),
    priorityClassName: optional(objectName('PriorityClass of the pod.')),
    runtimeClassName: optional(objectName('RuntimeClass of the pod.')),
    serviceAccountName: optional(
      objectName(
        'ServiceAccount of the pod, for example one an image policy asks for. The worker itself needs none; no token is mounted.',
      ),
    ),
    imagePullSecrets: list(
      structure(
        { name: objectName('Name of the Secret.') },
        { description: 'A Secret with credentials of an image registry.' },
      ),
      {
        description:
          "Secrets with the registry's credentials, in the namespace of this object. One that does not exist is ignored.",
        default: [{ name: DEFAULT_PULL_SECRET }],
        maxItems: 16,
      },
    ),
    dnsConfig: optional(dnsConfig),
    hostAliases: optional(list(hostAlias, { description: "Lines for the worker's /etc/hosts." })),
    labels: optional(
      mapOf(text({ description: 'Value of the label.' }), {
        description:
          'Further labels of the pod, for example for network policies. By default labels and annotations keep the pod out of service meshes; a key of a mesh that is named here or in annotations is yours.',
      }),
    ),
    annotations: optional(
      mapOf(text({ description: 'Value of the annotation.' }), {
        description:
          'Further annotations of the pod. By default annotations and labels keep the pod out of service meshes; a key of a mesh that is named here or in labels is yours.',
      }),
    ),
  },
  { description: 'How the pod that does the work is run.', default: {} },
);

export type WorkerPod = Static<typeof workerPod>;
