import { spawn } from 'node:child_process';
import type { ClusterInfo } from '../cluster/index.ts';

export interface CommandResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Kubectl {
  /** Runs kubectl and gives back how it ended, whatever that was. `input` is its standard input. */
  attempt(args: readonly string[], input?: string): Promise<CommandResult>;
  /** Runs kubectl and gives back what it printed; throws with its error output if it failed. */
  run(args: readonly string[], input?: string): Promise<string>;
  /** `kubectl get … -o json`, parsed. */
  get<T>(args: readonly string[]): Promise<T>;
}

const COMMAND_TIMEOUT_MS = 180_000;

/** kubectl for one cluster, as a user would call it, of the cluster's own version. */
export function createKubectl(cluster: ClusterInfo): Kubectl {
  const attempt: Kubectl['attempt'] = (args, input) =>
    runCommand(cluster.kubectlPath, ['--kubeconfig', cluster.kubeconfigPath, ...args], input);
  const run: Kubectl['run'] = async (args, input) => {
    const result = await attempt(args, input);
    if (result.exitCode !== 0) {
      throw new Error(`kubectl ${args.join(' ')} ended with ${result.exitCode}: ${result.stderr}`);
    }
    return result.stdout;
  };
  return {
    attempt,
    run,
    get: async <T>(args: readonly string[]) =>
      JSON.parse(await run(['get', ...args, '-o', 'json'])) as T,
  };
}

function runCommand(
  program: string,
  args: readonly string[],
  input: string | undefined,
): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      stdio: 'pipe',
      signal: AbortSignal.timeout(COMMAND_TIMEOUT_MS),
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.on('error', reject);
    child.on('close', (code) => {
      resolve({ exitCode: code ?? 1, stdout, stderr });
    });
    child.stdin.end(input ?? '');
  });
}
