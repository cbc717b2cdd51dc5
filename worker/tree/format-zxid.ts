/** As ZooKeeper's own tools write it: `0x` and hex digits. */
export function formatZxid(zxid: bigint): string {
  return `0x${zxid.toString(16)}`;
}
