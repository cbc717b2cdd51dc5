import { bytes } from './byte-builder.ts';
import type { ProxiedFrame, Verdict } from './frame-proxy.ts';
import { countSteps } from './count-steps.ts';

/** What a request is called, by the number of its kind on the wire. */
const NAMES: Readonly<Record<number, string>> = {
  1: 'create',
  2: 'delete',
  3: 'exists',
  4: 'getData',
  5: 'setData',
  6: 'getACL',
  7: 'setACL',
  8: 'getChildren',
  9: 'sync',
  11: 'ping',
  12: 'getChildren2',
  14: 'multi',
  15: 'create2',
  19: 'createContainer',
  21: 'createTTL',
  22: 'multiRead',
  100: 'auth',
  102: 'sasl',
  103: 'getEphemerals',
  104: 'getAllChildrenNumber',
  107: 'whoAmI',
  [-11]: 'closeSession',
};

/** A server answers these without executing them; others it must execute, for the order of what comes next. */
const EXECUTED: ReadonlySet<string> = new Set(['ping', 'auth', 'sasl', 'closeSession']);

const EXISTS = 3;
const HEADER_BYTES = 8;
const NOT_TRIED = -2;

/**
 * Makes a server refuse every request of one kind with one error: the judge of a `FrameProxy` in front
 * of a real one, which is asked something harmless instead, so that answers keep their order.
 *
 * Besides the names of requests: `createSession` for the first frame of a connection, `multi, first
 * step` and `multi, last step` for a transaction that fails by one of its steps, and `multiRead, each
 * step` for answers to single questions.
 */
export class ErrorAnswers {
  /** How many requests were refused. */
  count = 0;
  /** Names of all requests that came. */
  readonly asked = new Set<string>();
  readonly #kind: string;
  readonly #step: string;
  readonly #code: number;
  readonly #refused = new Map<string, (zxid: bigint) => Uint8Array>();

  /** @param code as KeeperException.Code has it, below 0 */
  constructor(request: string, code: number) {
    [this.#kind = '', this.#step = ''] = request.split(', ');
    this.#code = code;
  }

  readonly judge = (frame: ProxiedFrame): Verdict => {
    if (frame.index === 0) return this.#judgeHandshake(frame);
    return frame.direction === 'requests' ? this.#judgeRequest(frame) : this.#judgeReply(frame);
  };

  /** As a server answers that cannot give a session: the header of a reply and no more. */
  #judgeHandshake({ direction }: ProxiedFrame): Verdict {
    if (direction === 'requests') this.asked.add('createSession');
    if (direction === 'requests' || this.#kind !== 'createSession') return 'pass';
    this.count += 1;
    return this.#reply(0, 0n);
  }

  #judgeRequest({ connection, xid, payload }: ProxiedFrame): Verdict {
    const name = NAMES[payload.readInt32BE(4)] ?? `request ${payload.readInt32BE(4)}`;
    this.asked.add(name);
    if (name !== this.#kind || xid === null) return 'pass';
    this.count += 1;
    const body = payload.subarray(HEADER_BYTES);
    this.#refused.set(`${connection} ${xid}`, (zxid) => this.#answer(xid, zxid, body));
    if (EXECUTED.has(name)) return 'pass';
    return bytes().int(xid).int(EXISTS).string('/').bool(false).build();
  }

  #judgeReply({ connection, xid, payload }: ProxiedFrame): Verdict {
    const key = `${connection} ${xid ?? ''}`;
    const refuse = this.#refused.get(key);
    if (refuse === undefined) return 'pass';
    this.#refused.delete(key);
    return refuse(payload.readBigInt64BE(4));
  }

  #answer(xid: number, zxid: bigint, body: Buffer): Uint8Array {
    if (this.#step === '') return this.#reply(xid, zxid);
    const count = countSteps(body);
    const others = (code: number): number[] => Array<number>(count - 1).fill(code);
    if (this.#step === 'first step')
      return this.#stepReply(xid, zxid, [this.#code, ...others(NOT_TRIED)]);
    if (this.#step === 'last step') return this.#stepReply(xid, zxid, [...others(0), this.#code]);
    return this.#stepReply(xid, zxid, [this.#code, ...others(this.#code)]);
  }

  #reply(xid: number, zxid: bigint): Uint8Array {
    return bytes().int(xid).long(zxid).int(this.#code).build();
  }

  /** The header of such a reply has no error; each step has. */
  #stepReply(xid: number, zxid: bigint, codes: readonly number[]): Uint8Array {
    const reply = bytes().int(xid).long(zxid).int(0);
    for (const code of codes) reply.int(-1).bool(false).int(code).int(code);
    return reply.int(-1).bool(true).int(-1).build();
  }
}
