import { join } from 'node:path';
import { ensureJava } from './ensure-java.ts';
import { defaultZooKeeperVersion, installZooKeeper } from './install-zookeeper.ts';
import { runCommand } from '../../testing/run-command.ts';

/** An error of KeeperException.Code. */
export interface NamedCode {
  readonly code: number;
  /** As it stands there: `NONODE`. */
  readonly name: string;
}

const PROGRAM = join(import.meta.dirname, 'ErrorCodes.java');
const TIMEOUT_MS = 120_000;

/** All error codes of a release but that of success, as its own classes have them. */
export async function errorCodesOf(
  version: string = defaultZooKeeperVersion,
): Promise<readonly NamedCode[]> {
  const dir = await installZooKeeper(version);
  await ensureJava({ withMaven: false, withCompiler: true });
  const { exitCode, output } = await runCommand('java', ['-cp', join(dir, '*'), PROGRAM], {
    timeoutMs: TIMEOUT_MS,
  });
  if (exitCode !== 0) throw new Error(`no error codes of ZooKeeper ${version}:\n${output}`);
  const lines = [...output.matchAll(/^code (-?\d+) (\w+)$/gm)];
  return lines
    .map(([, code = '', name = '']) => ({ code: Number(code), name }))
    .filter(({ code }) => code !== 0);
}
