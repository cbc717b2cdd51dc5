import type { JuteReader } from './jute-reader.ts';
import type { JuteWriter } from './jute-writer.ts';
import type { ReplyHeader } from './records.ts';

/** Numbers of requests (OpCode in ZooDefs of Apache ZooKeeper). */
export const opcodes = {
  create: 1,
  delete: 2,
  exists: 3,
  getData: 4,
  setData: 5,
  getAcl: 6,
  setAcl: 7,
  getChildren: 8,
  sync: 9,
  ping: 11,
  getChildren2: 12,
  /** Only inside a multi: sent by itself it has brought servers down (ZOOKEEPER-2623). */
  check: 13,
  multi: 14,
  create2: 15,
  removeWatches: 18,
  createContainer: 19,
  createTtl: 21,
  multiRead: 22,
  auth: 100,
  setWatches: 101,
  sasl: 102,
  getEphemerals: 103,
  getAllChildrenNumber: 104,
  setWatches2: 105,
  addWatch: 106,
  whoAmI: 107,
  closeSession: -11,
} as const;

/**
 * One kind of request: how it is written and how its reply is read. Plain data shared by all
 * requests of the kind, so that a request in flight needs no closures of its own.
 */
export interface Operation<Request, Reply> {
  /** The client's method, for errors. */
  readonly name: string;
  readonly opcode: number;
  /** It may change the tree, so losing the reply leaves the outcome unknown. */
  readonly isWrite: boolean;
  write(writer: JuteWriter, request: Request): void;
  /** Called only when the header carries no error. */
  read(reader: JuteReader, header: ReplyHeader): Reply;
  /** A larger reply is not read: the request rejects with ReplyTooLarge. Default: as the client's. */
  readonly maxReplyBytes?: number | undefined;
  /** What a missing znode means, for operations where it is an answer and no error. */
  readonly replyForNoNode?: () => Reply;
}

/** The same operation; the hook sees its reply before anything behind it in the input is handled. */
export function withReplyHook<Request, Reply>(
  operation: Operation<Request, Reply>,
  hook: (reply: Reply) => void,
): Operation<Request, Reply> {
  const { replyForNoNode } = operation;
  const hooked = (reply: Reply): Reply => {
    hook(reply);
    return reply;
  };
  return {
    ...operation,
    read: (reader, header) => hooked(operation.read(reader, header)),
    ...(replyForNoNode && { replyForNoNode: () => hooked(replyForNoNode()) }),
  };
}
