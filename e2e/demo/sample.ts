import type { ClusterInfo } from '../cluster/index.ts';
import { addressOf, readSample, SAMPLE_ADDRESSES } from '../support/installation.ts';

/** A documented sample, and how a person would hand it to `kubectl … -f`. */
export interface ShownSample {
  /** What stands after `-f`: the file, or `-`. */
  readonly file: string;
  /** Where the addresses are not those of the sample: the command that puts them in. */
  readonly piped?: { readonly input: string; readonly shown: string };
}

/** The sample as it is, where the ZooKeepers are at its addresses; else with the real ones put in. */
export async function showSample(name: string, cluster: ClusterInfo): Promise<ShownSample> {
  const file = `manifests/samples/${name}`;
  const replaced = (['source', 'destination'] as const).filter(
    (side) => SAMPLE_ADDRESSES[side] !== addressOf(cluster[side]),
  );
  if (replaced.length === 0) return { file };
  const edits = replaced.map(
    (side) => `-e 's/${SAMPLE_ADDRESSES[side]}/${addressOf(cluster[side])}/'`,
  );
  return {
    file: '-',
    piped: {
      input: await readSample(name, cluster),
      shown: `sed ${edits.join(' ')} ${file}`,
    },
  };
}
