/**
 * How many children were ever created below a znode, which is the number that the next sequential one
 * gets. Servers tell twice that number less the children there are (`DataNode.copyStat`), in 32 bits
 * that overflow. Counts from 3.4 on; ClickHouse Keeper's is too high at times, which does no harm.
 */
export function creationsOf(cversion: number, numChildren: number): number {
  return (cversion + numChildren) >>> 1;
}
