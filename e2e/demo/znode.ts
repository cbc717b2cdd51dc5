/**
 * Looks into the two ZooKeepers of the cluster, and changes the source, with the client that shares
 * no line with the operator's.
 *
 * Usage: npx tsx e2e/demo/znode.ts set PATH DATA | remove PATH | compare PATH
 *
 * `compare` ends with 1 if the trees differ, as diff does.
 */
import { readClusterInfo } from '../cluster/index.ts';
import { addressOf } from '../support/installation.ts';
import { connectReferee, type Referee, type SeenTree } from '../support/referee.ts';
import { compareTrees } from './tree-comparison.ts';

const USAGE = `Usage: npx tsx e2e/demo/znode.ts COMMAND
  set PATH DATA   write a znode of the source, creating it and its parents where they are missing
  remove PATH     delete a znode of the source and everything below it
  compare PATH    both trees, znode by znode
`;

interface Sides {
  readonly source: Referee;
  readonly destination: Referee;
}

type Command = (sides: Sides, path: string, data: string) => Promise<number>;

const COMMANDS: Readonly<Record<string, { readonly words: number; readonly run: Command }>> = {
  set: { words: 2, run: setZnode },
  remove: { words: 1, run: removeZnode },
  compare: { words: 1, run: compare },
};

process.exitCode = await main(process.argv.slice(2));

async function main([name = '', ...words]: readonly string[]): Promise<number> {
  const command = COMMANDS[name];
  const [path = '', data = ''] = words;
  if (command?.words !== words.length || !/^(\/[^/]+)+$/.test(path)) {
    process.stderr.write(USAGE);
    return 2;
  }
  const cluster = await readClusterInfo();
  const source = await connectReferee(addressOf(cluster.source));
  const destination = await connectReferee(addressOf(cluster.destination));
  try {
    return await command.run({ source, destination }, path, data);
  } finally {
    source.close();
    destination.close();
  }
}

async function setZnode({ source }: Sides, path: string, data: string): Promise<number> {
  const isNew = (await treeOrNothing(source, path))[path] === undefined;
  if (isNew) await source.put(path, data);
  else await source.set(path, data);
  return tell(`${isNew ? 'created' : 'set'} ${path} in the source`);
}

async function removeZnode({ source }: Sides, path: string): Promise<number> {
  await source.removeTree(path);
  return tell(`removed ${path} from the source`);
}

async function compare({ source, destination }: Sides, path: string): Promise<number> {
  const comparison = compareTrees(
    await treeOrNothing(source, path),
    await treeOrNothing(destination, path),
  );
  for (const line of comparison.lines) tell(line);
  tell(`${comparison.znodes} znodes, ${comparison.differences} differ`);
  return comparison.differences === 0 ? 0 : 1;
}

/** A subtree, empty where its root is missing. */
async function treeOrNothing(side: Referee, path: string): Promise<SeenTree> {
  return side.readTree(path).catch(() => ({}));
}

function tell(text: string): number {
  process.stdout.write(`${text}\n`);
  return 0;
}
