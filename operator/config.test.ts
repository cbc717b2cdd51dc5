import { describe, expect, test } from '@jest/globals';
import { parseConfig, type ParsedConfig } from './config.ts';

const POD = {
  POD_NAME: 'controller-0',
  POD_NAMESPACE: 'resiliency-operator',
  RELATED_IMAGE_WORKER: 'quay.io/astrokube/resiliency-operator-worker:v1.0.0',
};

function parse(words: readonly string[], env: Record<string, string> = POD): ParsedConfig {
  return parseConfig(words, { env, isTerminal: false });
}

describe('the command line', () => {
  test('of a Deployment', () => {
    expect(parse(['--controllers=synchronization', '--leader-elect', '--port=8080'])).toMatchObject(
      {
        kind: 'run',
        config: {
          controllers: ['synchronization'],
          watchNamespaces: [],
          identity: 'controller-0',
          lease: {
            namespace: 'resiliency-operator',
            name: 'resiliency-operator-synchronization-controller',
          },
          port: 8080,
          logLevel: 'info',
          logFormat: 'json',
          workerImage: POD.RELATED_IMAGE_WORKER,
        },
      },
    );
  });

  test('of a person outside of a cluster', () => {
    const parsed = parse(
      ['--kubeconfig', '/k', '--worker-image', 'w:1', '--watch-namespaces', 'a, b,', '--port', '0'],
      {},
    );

    expect(parsed).toMatchObject({
      kind: 'run',
      config: {
        watchNamespaces: ['a', 'b'],
        kubeconfig: '/k',
        lease: undefined,
        workerImage: 'w:1',
        port: 0,
      },
    });
  });

  test('needs no worker image where no workers are made', () => {
    expect(parse(['--controllers', 'database'], {})).toMatchObject({ kind: 'run' });
  });

  test.each([
    {
      name: 'an unknown controller',
      words: ['--controllers=database,backup'],
      says: ['--controllers', '"database,backup"', 'database, synchronization'],
    },
    { name: 'no controller', words: ['--controllers='], says: ['--controllers', '""'] },
    { name: 'a port out of range', words: ['--port=65536'], says: ['--port', '"65536"', '65535'] },
    { name: 'a port that is none', words: ['--port=http'], says: ['--port', '"http"'] },
    {
      name: 'a log level',
      words: ['--log-level=loud'],
      says: ['--log-level', '"loud"', 'error, warn, info, debug'],
    },
    {
      name: 'a log format',
      words: ['--log-format=xml'],
      says: ['--log-format', '"xml"', 'json, pretty'],
    },
    {
      name: 'a namespace that is none',
      words: ['--watch-namespaces=Shop'],
      says: ['--watch-namespaces', '"Shop"'],
    },
    {
      name: 'a list of no namespaces, which would mean all',
      words: ['--watch-namespaces='],
      says: ['--watch-namespaces', '""'],
    },
    { name: 'an unknown flag', words: ['--leader'], says: ['--leader'] },
    { name: 'a word too many', words: ['start'], says: ['too many arguments'] },
    {
      name: 'no worker image',
      words: [],
      env: {},
      says: ['--worker-image', 'RELATED_IMAGE_WORKER', 'found nothing'],
    },
    {
      name: 'no namespace for the Lease',
      words: ['--leader-elect', '--worker-image=w'],
      env: {},
      says: ['POD_NAMESPACE', '--leader-elect', 'found nothing'],
    },
  ])('is refused with 2 and told why: $name', ({ words, env, says }) => {
    const parsed = parse(words, env);

    expect(parsed).toMatchObject({ kind: 'exit', code: 2 });
    for (const part of says) expect(parsed.kind === 'exit' && parsed.text).toContain(part);
  });

  test('tells all mistakes at once', () => {
    const parsed = parse(['--port=x', '--log-level=y']);

    expect(parsed.kind === 'exit' && parsed.text.trim().split('\n')).toHaveLength(2);
  });

  test.each(['--help', '--version'])('%s ends with 0', (word) => {
    expect(parse([word])).toMatchObject({ kind: 'exit', code: 0 });
  });
});
