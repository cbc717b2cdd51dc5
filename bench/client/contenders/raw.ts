import { connect, type Socket } from 'node:net';
import { bytes, type ByteBuilder } from '../../../zookeeper/testing/index.ts';
import {
  requestCount,
  workloadBatches,
  znodeData,
  type OperationName,
  type Workload,
} from '../workload.ts';
import type { Contender } from './contender.ts';

const opcodes: Record<OperationName, number> = { create: 1, exists: 3, getData: 4, setData: 5 };
const MULTI_OPCODE = 14;
const MULTI_READ_OPCODE = 22;
const SESSION_TIMEOUT_MS = 30_000;
const EVERYTHING = 31;

function writeOperation(record: ByteBuilder, operation: OperationName, path: string): ByteBuilder {
  record.string(path);
  switch (operation) {
    case 'getData':
    case 'exists':
      return record.bool(false);
    case 'setData':
      return record.buffer(znodeData).int(-1);
    case 'create':
      record.buffer(znodeData).int(1).int(EVERYTHING).string('world').string('anyone');
      return record.int(0);
  }
}

function requestFrame(workload: Workload, xid: number, paths: readonly string[]): Buffer {
  const { operation, batch } = workload;
  if (batch === 1) {
    const record = bytes().int(xid).int(opcodes[operation]);
    return writeOperation(record, operation, paths[0] ?? '').frame();
  }
  const record = bytes()
    .int(xid)
    .int(operation === 'create' ? MULTI_OPCODE : MULTI_READ_OPCODE);
  for (const path of paths) {
    record.int(opcodes[operation]).bool(false).int(-1);
    writeOperation(record, operation, path);
  }
  return record.int(-1).bool(true).int(-1).frame();
}

interface Requests {
  /** All frames, end to end. */
  readonly frames: Buffer;
  /** Where each begins, and the end of the last. */
  readonly offsets: Int32Array;
}

function buildRequests(workload: Workload): Requests {
  const batches = workloadBatches(workload);
  const frames = batches.map((paths, index) => requestFrame(workload, index + 1, paths));
  const offsets = new Int32Array(frames.length + 1);
  frames.forEach((frame, index) => {
    offsets[index + 1] = (offsets[index] ?? 0) + frame.length;
  });
  return { frames: Buffer.concat(frames), offsets };
}

const LENGTH_BYTES = 4;

/** Counts the frames of a byte stream and looks at nothing but their lengths. */
class FrameCounter {
  count = 0;
  /** Bytes of the current frame that are still to come. */
  #missing = 0;
  /** The first bytes of a length that was cut, and how many they are. */
  #length = 0;
  #lengthBytes = 0;

  push(chunk: Buffer): void {
    let offset = 0;
    while (offset < chunk.length) {
      if (this.#missing > 0) {
        const step = Math.min(this.#missing, chunk.length - offset);
        offset += step;
        this.#missing -= step;
        if (this.#missing === 0) this.count++;
      } else if (this.#lengthBytes === 0 && chunk.length - offset >= LENGTH_BYTES) {
        this.#missing = chunk.readInt32BE(offset);
        offset += LENGTH_BYTES;
      } else {
        this.#pushLengthByte(chunk[offset++] ?? 0);
      }
    }
  }

  #pushLengthByte(byte: number): void {
    this.#length = (this.#length << 8) | byte;
    if (++this.#lengthBytes < LENGTH_BYTES) return;
    this.#missing = this.#length;
    this.#length = 0;
    this.#lengthBytes = 0;
  }
}

/** One connection with a session of its own, so that no ping is due while others are measured. */
async function openSession(address: string): Promise<Socket> {
  const [host = '', port = ''] = address.split(':');
  const socket = connect({ host, port: Number(port), noDelay: true });
  const request = bytes().int(0).long(0n).int(SESSION_TIMEOUT_MS).long(0n).buffer(Buffer.alloc(16));
  socket.write(request.bool(false).frame());
  await new Promise((resolve, reject) => {
    socket.once('data', resolve);
    socket.once('error', reject);
  });
  return socket;
}

/** For each chunk that arrives, as many requests as it answers leave in one write. */
function exchange(socket: Socket, requests: Requests, workload: Workload): Promise<void> {
  const { frames, offsets } = requests;
  const distinct = offsets.length - 1;
  const total = requestCount(workload);
  const counter = new FrameCounter();
  let sent = 0;
  const sendUpTo = (limit: number): void => {
    while (sent < limit) {
      const first = sent % distinct;
      const last = Math.min(first + limit - sent, distinct);
      socket.write(frames.subarray(offsets[first], offsets[last]));
      sent += last - first;
    }
  };
  return new Promise((resolve, reject) => {
    socket.once('close', () => {
      reject(new Error(`closed after ${counter.count} of ${total} replies`));
    });
    socket.on('data', (chunk) => {
      counter.push(chunk);
      if (counter.count === total) resolve();
      else sendUpTo(Math.min(total, counter.count + workload.inFlight));
    });
    sendUpTo(Math.min(total, workload.inFlight));
  });
}

/** The cheapest possible loop: writes prebuilt frames and counts the frames that come back. */
export function connectRaw(address: string): Promise<Contender> {
  let socket: Socket | null = null;
  return Promise.resolve({
    prepare: async (workload) => {
      socket?.destroy();
      const opened = await openSession(address);
      socket = opened;
      const requests = buildRequests(workload);
      return () => exchange(opened, requests, workload);
    },
    close: () => {
      socket?.destroy();
      return Promise.resolve();
    },
  });
}
