import { describe, expect, test } from '@jest/globals';
import type { Stat } from '../../../zookeeper/index.ts';
import { EncodedZnode } from './encoded-znode.ts';

describe('a znode with an owner', () => {
  test.each([
    { owner: 0n, ephemeral: false, what: 'a persistent one' },
    { owner: 0x1000_0000_0000_0001n, ephemeral: true, what: 'an ephemeral of a session' },
    { owner: BigInt.asIntN(64, 0xff00_0000_0000_0001n), ephemeral: true, what: 'of server 255' },
    { owner: BigInt.asIntN(64, 1n << 63n), ephemeral: false, what: 'a container of a Keeper' },
  ])('is $what: $ephemeral', ({ owner, ephemeral }) => {
    const stat = { ephemeralOwner: owner } as Stat;
    expect(new EncodedZnode(null, stat).ephemeral).toBe(ephemeral);
  });
});
