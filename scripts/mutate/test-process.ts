import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Answer, Question } from './protocol.ts';

const program = fileURLToPath(new URL('mutant-process.ts', import.meta.url));

/** A process that runs bundled tests. */
export interface TestProcess {
  /** @returns null if it says nothing, not even that it is there, for so long; it is ended then */
  ask(question: Question, silenceMs: number): Promise<Answer | null>;
  end(): void;
}

/** @throws Error if the tests cannot be loaded */
export async function startTestProcess(bundle: string): Promise<TestProcess> {
  const child = fork(program, [bundle], {
    execArgv: ['--import', 'tsx'],
    serialization: 'advanced',
    // What tests say is for people who read tests.
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  if ((await nextAnswer(child, LOAD_SILENCE_MS)) === null) {
    throw new Error(`${bundle}: the tests cannot be loaded`);
  }
  return {
    ask: (question, silenceMs) => {
      child.send(question);
      return nextAnswer(child, silenceMs);
    },
    end: () => {
      child.kill('SIGKILL');
    },
  };
}

const LOAD_SILENCE_MS = 300_000;

function nextAnswer(child: ChildProcess, silenceMs: number): Promise<Answer | null> {
  return new Promise((resolve) => {
    const settle = (answer: Answer | null): void => {
      clearTimeout(timer);
      child.off('message', onMessage);
      child.off('exit', onExit);
      resolve(answer);
    };
    const onExit = (): void => {
      settle(null);
    };
    const onMessage = (message: Answer | { kind: 'there' }): void => {
      timer.refresh();
      if (message.kind !== 'there') settle(message);
    };
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      settle(null);
    }, silenceMs);
    child.on('message', onMessage);
    child.on('exit', onExit);
  });
}
