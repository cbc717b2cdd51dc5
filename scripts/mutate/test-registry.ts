import { expect } from 'expect';

type Body = () => unknown;
type Hook = 'beforeAll' | 'beforeEach' | 'afterEach' | 'afterAll';

/** A group of tests, or the file. */
export interface Block {
  readonly parent: Block | null;
  readonly hooks: Readonly<Record<Hook, Body[]>>;
}

export interface RegisteredTest {
  /** Of the list of files that the bundle was made of. */
  readonly fileIndex: number;
  readonly name: string;
  readonly block: Block;
  readonly body: Body;
}

/** The part of jest's globals that unit tests use, and what they have registered with it. */
export interface TestRegistry {
  readonly globals: object;
  readonly tests: readonly RegisteredTest[];
  /** The tests that follow are of this file. */
  begin(fileIndex: number): void;
}

export function createRegistry(): TestRegistry {
  const tests: RegisteredTest[] = [];
  let fileIndex = -1;
  let block = newBlock(null);
  let names: readonly string[] = [];

  const test = (name: string, body: Body): void => {
    tests.push({ fileIndex, name: [...names, name].join(' › '), block, body });
  };
  const describe = (name: string, body: () => void): void => {
    const outer = { block, names };
    block = newBlock(block);
    names = [...names, name];
    body();
    ({ block, names } = outer);
  };
  const addHook = (hook: Hook) => (body: Body) => {
    block.hooks[hook].push(body);
  };

  const hooks = {
    beforeAll: addHook('beforeAll'),
    beforeEach: addHook('beforeEach'),
    afterEach: addHook('afterEach'),
    afterAll: addHook('afterAll'),
  };
  return {
    tests,
    begin: (index) => {
      fileIndex = index;
      block = newBlock(null);
      names = [];
    },
    globals: {
      ...hooks,
      ...{ expect, jest: { setTimeout: () => undefined } },
      test: Object.assign(test, { each: eachOf(test), skip: skipped }),
      describe: Object.assign(describe, { each: eachOf(describe), skip: skipped }),
    },
  };
}

function newBlock(parent: Block | null): Block {
  return { parent, hooks: { beforeAll: [], beforeEach: [], afterEach: [], afterAll: [] } };
}

/** Rows that are lists become arguments, as with jest; names only have to tell rows apart. */
function eachOf(register: (name: string, body: () => void) => void) {
  return (rows: readonly unknown[]) => (name: string, body: (...row: unknown[]) => void) => {
    for (const [index, row] of rows.entries()) {
      const given: unknown[] = Array.isArray(row) ? row : [row];
      register(`${name} #${index}`, () => body(...given));
    }
  };
}

function skipped(): void {
  return undefined;
}
