/** A power of two. A znode whose list changed has its bucket's znodes read again with it. */
export const ACL_DIGEST_BUCKETS = 4_096;
const WORDS_PER_BUCKET = 2;

/**
 * What the lists of one side are known by: a sum over (path, czxid, aversion) of those znodes whose
 * list was ever changed, in buckets by path. No order, so a znode is taken out as it is put in. A
 * znode that was never changed since its creation is none of them: its czxid tells all about it.
 *
 * 64 bits that are mixed well and not cryptographic: this finds changes and wards off nobody.
 */
export class AclDigest {
  readonly #words: Uint32Array;

  constructor(words = new Uint32Array(ACL_DIGEST_BUCKETS * WORDS_PER_BUCKET)) {
    this.#words = words;
  }

  add(path: string, createdZxid: bigint, aclVersion: number): void {
    this.#mix(path, createdZxid, { aclVersion, sign: 1 });
  }

  remove(path: string, createdZxid: bigint, aclVersion: number): void {
    this.#mix(path, createdZxid, { aclVersion, sign: -1 });
  }

  /** True if the znodes that share this one's bucket are as in the other digest. */
  agreesOn(path: string, other: AclDigest): boolean {
    const at = bucketOf(hash(path, SEED_LOW));
    return this.#words[at] === other.#words[at] && this.#words[at + 1] === other.#words[at + 1];
  }

  equals(other: AclDigest): boolean {
    return this.#words.every((word, index) => word === other.#words[index]);
  }

  /** '' for one without any znode, which is the most frequent one. */
  encode(): string {
    if (this.#words.every((word) => word === 0)) return '';
    const bytes = Buffer.alloc(this.#words.length * 4);
    this.#words.forEach((word, index) => bytes.writeUInt32LE(word, index * 4));
    return bytes.toString('base64');
  }

  /** Null for what {@link encode} would not have written. */
  static decode(text: string): AclDigest | null {
    const digest = new AclDigest();
    if (text === '') return digest;
    const bytes = Buffer.from(text, 'base64');
    if (bytes.length !== digest.#words.length * 4) return null;
    digest.#words.forEach((_, index, words) => {
      words[index] = bytes.readUInt32LE(index * 4);
    });
    return digest;
  }

  #mix(
    path: string,
    createdZxid: bigint,
    { aclVersion, sign }: { aclVersion: number; sign: 1 | -1 },
  ): void {
    const low = hash(path, SEED_LOW);
    const high = hash(path, SEED_HIGH);
    const zxidLow = Number(BigInt.asUintN(32, createdZxid));
    const zxidHigh = Number(BigInt.asUintN(32, createdZxid >> 32n));
    const at = bucketOf(low);
    const words = this.#words;
    words[at] = (words[at] ?? 0) + sign * finish(low ^ zxidLow, zxidHigh, aclVersion);
    words[at + 1] = (words[at + 1] ?? 0) + sign * finish(high ^ zxidHigh, zxidLow, aclVersion);
  }
}

/** A number below `turns` that a path always has: all of them together are every path. */
export function turnOf(path: string, turns: number): number {
  return (scramble(hash(path, SEED_HIGH)) >>> 0) % turns;
}

const SEED_LOW = 0x811c9dc5;
const SEED_HIGH = 0x9e3779b9;
const MULTIPLIER = 0x01000193;

function bucketOf(hash: number): number {
  return (scramble(hash) & (ACL_DIGEST_BUCKETS - 1)) * WORDS_PER_BUCKET;
}

/** FNV-1a over UTF-16 units: two seeds make two independent words. */
function hash(text: string, seed: number): number {
  let value = seed;
  for (let index = 0; index < text.length; index += 1) {
    value = Math.imul(value ^ text.charCodeAt(index), MULTIPLIER);
    value ^= value >>> 15;
  }
  return value;
}

function finish(a: number, b: number, c: number): number {
  return scramble(scramble(scramble(a) ^ b) + Math.imul(c, SEED_HIGH)) >>> 0;
}

/** The finalizer of MurmurHash3: every bit of the input reaches every bit of the output. */
function scramble(value: number): number {
  let mixed = value ^ (value >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
