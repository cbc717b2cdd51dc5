import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { defaultCacheDir, ensureJava, installJars } from '../../zookeeper/testing/index.ts';

/** Applications of which there is a program here, each in a folder of its own. */
export type ApplicationName = 'bookkeeper' | 'curator' | 'dubbo' | 'kafka' | 'solr';

export interface ApplicationOptions {
  /** As the program's comment says. */
  readonly arguments: readonly string[];
  /** Where its log goes, which is appended to. */
  readonly logFile: string;
}

/** A real application that runs, in a process of its own. */
export interface Application extends AsyncDisposable {
  /** Has it do something; resolves to its answer, rejects if that begins with `failed`. */
  say(command: string): Promise<string>;
  /** Lets it end in order: it takes itself out of the tree. */
  stop(): Promise<void>;
  /** Ends it at once: the servers notice when its sessions expire. */
  kill(): Promise<void>;
}

const READY_TIMEOUT_MS = 180_000;
const ANSWER_TIMEOUT_MS = 180_000;
const STOP_TIMEOUT_MS = 60_000;
/** Answers begin so; what else a library prints is not ours. */
const ANSWER = '> ';

/** Starts an application, after fetching what it is made of; resolves once it is ready. */
export async function startApplication(
  name: ApplicationName,
  { arguments: args, logFile }: ApplicationOptions,
): Promise<Application> {
  await ensureJava({ withMaven: true, withCompiler: true });
  const folder = fileURLToPath(new URL(name, import.meta.url));
  const cache = join(dirname(defaultCacheDir()), 'applications', name);
  const jars = await installJars(await readFile(join(folder, 'pom.xml'), 'utf8'), cache);
  const program = (await readdir(folder)).find((file) => file.endsWith('.java')) ?? '';
  const words = [
    '-Xmx512m',
    // Else its other threads keep a process alive that answers no more.
    '-XX:+ExitOnOutOfMemoryError',
    '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
    ...['-cp', `${jars}/*`, join(folder, program), ...args],
  ];
  const child = spawn('java', words, { stdio: ['pipe', 'pipe', 'pipe'] });
  const running = new RunningApplication(name, child, logFile);
  await running.answer(READY_TIMEOUT_MS);
  return running;
}

class RunningApplication implements Application {
  readonly #name: ApplicationName;
  readonly #child: ChildProcess;
  readonly #logFile: string;
  readonly #answers: string[] = [];
  readonly #exited: Promise<void>;
  #wake: () => void = () => undefined;

  constructor(name: ApplicationName, child: ChildProcess, logFile: string) {
    this.#name = name;
    this.#child = child;
    this.#logFile = logFile;
    this.#exited = new Promise((resolve) => {
      child.once('exit', () => {
        this.#wake();
        resolve();
      });
      child.once('error', () => {
        resolve();
      });
    });
    const log = createWriteStream(logFile, { flags: 'a' });
    child.stderr?.pipe(log);
    if (child.stdout === null) return;
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (!line.startsWith(ANSWER)) return;
      this.#answers.push(line.slice(ANSWER.length));
      this.#wake();
    });
  }

  async say(command: string): Promise<string> {
    this.#child.stdin?.write(`${command}\n`);
    const answer = await this.answer(ANSWER_TIMEOUT_MS);
    if (!answer.startsWith('failed')) return answer;
    throw new Error(`${this.#name}, told to ${command}: ${answer}; see ${this.#logFile}`);
  }

  /** The next line it says. */
  async answer(timeoutMs: number): Promise<string> {
    const deadline = AbortSignal.timeout(timeoutMs);
    for (;;) {
      const answer = this.#answers.shift();
      if (answer !== undefined) return answer;
      if (this.#hasEnded || deadline.aborted) {
        const why = deadline.aborted ? `said nothing for ${timeoutMs} ms` : 'ended';
        throw new Error(`${this.#name} ${why}; end of its log:\n${await this.#logTail()}`);
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        deadline.addEventListener('abort', () => {
          resolve();
        });
      });
    }
  }

  async stop(): Promise<void> {
    this.#child.stdin?.end();
    const killer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    if (!this.#hasEnded) await this.#exited;
    clearTimeout(killer);
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    if (!this.#hasEnded) await this.#exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  get #hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  async #logTail(): Promise<string> {
    return (await readFile(this.#logFile, 'utf8').catch(() => '')).slice(-4_000);
  }
}
