import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { synchronizeOptions } from './options-file.ts';

const ARGUMENTS = {
  sourceServers: ['a:1', 'b:2/chroot,with,commas'],
  destinationServers: ['c:3'],
  rootPath: '/test',
  sourceTls: true,
  deadlineSeconds: 7,
};

describe('the options of a worker', () => {
  test('are one JSON, named as the flags are', () => {
    expect(synchronizeOptions(ARGUMENTS).json).toBe(
      '{"command":"synchronize","options":{' +
        '"source-servers":["a:1","b:2/chroot,with,commas"],"destination-servers":["c:3"],' +
        '"source-tls":true,"root-path":"/test","deadline-seconds":7}}',
    );
  });

  test('come with a command line that names their file and its hash', () => {
    const { json, commandLine } = synchronizeOptions(ARGUMENTS);
    expect(commandLine).toEqual([
      'synchronize',
      '--options-file=/var/run/resiliency/options.json',
      `--options-sha256=${createHash('sha256').update(json, 'utf8').digest('hex')}`,
    ]);
  });

  test('leave nothing in the command line that a user wrote, nor anything to expand', () => {
    const word = fc.string({
      unit: fc.constantFrom('$', '(', ')', '$$', '$(HOME)', 'ü', '/', ','),
    });
    const args = fc.record({
      sourceServers: fc.array(word),
      destinationServers: fc.array(word),
      rootPath: word,
      excludePaths: fc.array(word),
      nodeTypes: fc.array(word),
      sourceTlsServerName: word,
      writerId: word,
    });
    fc.assert(
      fc.property(args, (given) => {
        const { json, commandLine } = synchronizeOptions(given);
        for (const each of commandLine) expect(each).toMatch(/^[a-z0-9/.=-]+$/);
        expect(JSON.parse(json)).toMatchObject({ options: { 'root-path': given.rootPath } });
      }),
    );
  });
});
