import { addressOf } from '../../support/installation.ts';
import { bringExampleTree, EXAMPLE_EPHEMERAL, EXAMPLE_TREE, ROOT_PATH } from '../example-tree.ts';
import type { Stage } from '../stage.ts';

/** Puts the example tree into the source. The destination is the operator's alone. */
export async function fillSource({ source, cluster, terminal }: Stage): Promise<void> {
  const changes = await bringExampleTree(source);
  await source.putEphemeral(EXAMPLE_EPHEMERAL);
  terminal.say(`Written to ${addressOf(cluster.source)} by another client than the operator's:`);
  const width = Math.max(...Object.keys(EXAMPLE_TREE).map((path) => path.length));
  for (const [path, data] of Object.entries(EXAMPLE_TREE)) {
    terminal.output(`${path.padEnd(width)}  ${data}`.trimEnd());
  }
  terminal.output(`${EXAMPLE_EPHEMERAL}  (ephemeral: lives as long as this demo)`);
  terminal.say(
    `${Object.keys(EXAMPLE_TREE).length} znodes under ${ROOT_PATH}; ${changes.length} of them had to be written.`,
  );
}
