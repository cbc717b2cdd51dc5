import { readFile } from 'node:fs/promises';
import { Agent, request } from 'node:https';
import { join } from 'node:path';
import { node, type ClusterPaths } from './node-layout.ts';

const REQUEST_TIMEOUT_MS = 5_000;

export interface ApiAnswer {
  readonly status: number;
  readonly body: string;
}

/** Just enough of the API to see whether a cluster is there. */
export interface ApiClient {
  get(path: string): Promise<ApiAnswer>;
  close(): void;
}

/** Speaks to the node's API server with all rights. Rejects requests while it does not answer. */
export async function createApiClient(paths: ClusterPaths): Promise<ApiClient> {
  const [ca, cert, key] = await Promise.all(
    ['ca.crt', 'admin.crt', 'admin.key'].map((file) => readFile(join(paths.pkiDir, file))),
  );
  const agent = new Agent({ ca, cert, key, keepAlive: true });
  const get = (path: string): Promise<ApiAnswer> =>
    new Promise((resolve, reject) => {
      const call = request(
        { host: node.address, port: node.apiServerPort, path, agent, timeout: REQUEST_TIMEOUT_MS },
        (response) => {
          let body = '';
          response.setEncoding('utf8').on('data', (text: string) => (body += text));
          response.on('end', () => {
            resolve({ status: response.statusCode ?? 0, body });
          });
          response.on('error', reject);
        },
      );
      call.on('timeout', () => call.destroy(new Error('no answer from the API server')));
      call.on('error', reject);
      call.end();
    });
  return {
    get,
    close: () => {
      agent.destroy();
    },
  };
}

const OK = 200;

export async function isApiServerReady(api: ApiClient): Promise<boolean> {
  return (await api.get('/readyz')).status === OK;
}

export async function isNodeReady(api: ApiClient): Promise<boolean> {
  const { status, body } = await api.get(`/api/v1/nodes/${node.name}`);
  if (status !== OK) return false;
  const found = JSON.parse(body) as {
    status?: { conditions?: { type: string; status: string }[] };
  };
  const conditions = found.status?.conditions ?? [];
  return conditions.some(({ type, status: value }) => type === 'Ready' && value === 'True');
}

/** Pods of a namespace are refused until its controller has made this account. */
export async function hasDefaultServiceAccount(api: ApiClient): Promise<boolean> {
  const { status } = await api.get('/api/v1/namespaces/default/serviceaccounts/default');
  return status === OK;
}
