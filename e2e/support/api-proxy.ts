/**
 * A reverse proxy in front of the real API server that counts requests and cuts the line at one of
 * them: before the API server has seen it, or after it took effect and before its answer arrives.
 */
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import { parse } from 'yaml';

/**
 * Where to cut: on this side of the effect of the `point`-th request (from 1) that makes a
 * difference. `after` counts writes alone: after a read is before the next request. `before`
 * leaves out a read of what was already read since the last write: to be killed there again is to
 * be killed in the same state.
 */
export interface Cut {
  readonly point: number;
  readonly side: 'before' | 'after';
}

export interface SeenCall {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  /** Status of the API server's answer; null if the request was not passed on or never answered. */
  status: number | null;
}

export interface ApiProxy {
  /** Plain HTTP on loopback: whoever reaches it acts with the rights of the given kubeconfig. */
  readonly url: string;
  /** Every request so far, in the order of arrival. */
  readonly calls: readonly SeenCall[];
  close(): Promise<void>;
}

export interface ApiProxyOptions {
  readonly kubeconfigPath: string;
  /** Without it, everything is passed on. */
  readonly cut?: Cut;
  /** Called at the cut, before any answer could reach the client: kill it here. */
  readonly onCut?: () => void;
}

interface Upstream {
  readonly host: string;
  readonly port: number;
  readonly agent: Agent;
}

/** Starts the proxy. It holds no connection back on `close()`. */
export async function startApiProxy(options: ApiProxyOptions): Promise<ApiProxy> {
  const upstream = await readUpstream(options.kubeconfigPath);
  const calls: SeenCall[] = [];
  const isCut = countPoints(options.cut);
  const server = createServer((incoming, outgoing) => {
    const call: SeenCall = { method: incoming.method ?? '', url: incoming.url ?? '', status: null };
    calls.push(call);
    const side = isCut(call) ? options.cut?.side : null;
    if (side === 'before') {
      options.onCut?.();
      incoming.destroy();
      return;
    }
    forward({ upstream, call, incoming, outgoing }, side === 'after' ? options.onCut : undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    calls,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        upstream.agent.destroy();
        server.close(() => {
          resolve();
        });
      }),
  };
}

/** Counts requests as {@link Cut} says; true once, for the one to cut at. */
function countPoints(cut: Cut | undefined): (call: SeenCall) => boolean {
  let points = 0;
  const readSinceWrite = new Set<string>();
  return ({ method, url }) => {
    if (method !== 'GET') readSinceWrite.clear();
    else if (cut?.side === 'after' || readSinceWrite.has(url)) return false;
    else readSinceWrite.add(url);
    points++;
    return points === cut?.point;
  };
}

interface Exchange {
  readonly upstream: Upstream;
  readonly call: SeenCall;
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
}

/** Passes one request on. With `onCut`, the answer is awaited and then thrown away. */
function forward({ upstream, call, incoming, outgoing }: Exchange, onCut?: () => void): void {
  const { host, port, agent } = upstream;
  const headers = { ...incoming.headers, host: `${host}:${port}` };
  const passed = httpsRequest(
    { host, port, agent, headers, method: call.method, path: call.url },
    (answer) => {
      call.status = answer.statusCode ?? null;
      if (onCut) {
        onCut();
        answer.destroy();
        incoming.destroy();
        return;
      }
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      // A watch says nothing for minutes; its headers must not wait for the first event.
      outgoing.flushHeaders();
      answer.pipe(outgoing);
      answer.on('error', () => outgoing.destroy());
    },
  );
  passed.on('error', () => outgoing.destroy());
  outgoing.on('close', () => passed.destroy());
  incoming.pipe(passed);
}

async function readUpstream(kubeconfigPath: string): Promise<Upstream> {
  const config = parse(await readFile(kubeconfigPath, 'utf8')) as {
    clusters: { cluster: Record<string, string> }[];
    users: { user: Record<string, string> }[];
  };
  const cluster = config.clusters[0]?.cluster ?? {};
  const user = config.users[0]?.user ?? {};
  const server = new URL(cluster['server'] ?? '');
  const material = async (entry: Record<string, string>, key: string): Promise<Buffer> =>
    entry[`${key}-data`] === undefined
      ? readFile(entry[key] ?? '')
      : Buffer.from(entry[`${key}-data`] ?? '', 'base64');
  return {
    host: server.hostname,
    port: Number(server.port || 443),
    agent: new Agent({
      keepAlive: true,
      ca: await material(cluster, 'certificate-authority'),
      cert: await material(user, 'client-certificate'),
      key: await material(user, 'client-key'),
    }),
  };
}

/** A kubeconfig for whoever shall talk through the proxy. */
export function proxyKubeconfig(url: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'proxy',
    // Plain HTTP is only accepted together with this.
    clusters: [{ name: 'proxy', cluster: { server: url, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'proxy', user: {} }],
    contexts: [{ name: 'proxy', context: { cluster: 'proxy', user: 'proxy' } }],
  });
}
