/** What the C library answers: 0 or a negative code, its text, and what was asked for. */
export type Answer<T extends readonly unknown[]> = (rc: number, error: string, ...rest: T) => void;

export interface NativeStat {
  /** Doubles: exact up to 2^53, which is epoch 2,097,152 of an ensemble. */
  readonly czxid: number;
  readonly mzxid: number;
  readonly pzxid: number;
  readonly version: number;
  readonly aversion: number;
  readonly cversion: number;
  readonly ctime: number;
  readonly numChildren: number;
  /** Hexadecimal, without leading zeros. */
  readonly ephemeralOwner: string;
}

/**
 * The part of the npm package `zookeeper` that is used here. The package's own types know nothing
 * of strings and numbers. Calls return 0, or a negative code if nothing was sent.
 */
export interface NativeClient {
  readonly client_id: string;
  /** 32 hexadecimal digits, upper case. */
  readonly client_password: string;
  readonly timeout: number;
  on(event: 'connect' | 'connecting', listener: () => void): unknown;
  /** The session is over; the code says why: {@link EXPIRED}, {@link AUTH_FAILED}, or 0. */
  on(event: 'close', listener: (client: unknown, code: number) => void): unknown;
  init(config: object): unknown;
  close(): void;
  add_auth(scheme: string, auth: string, answer: Answer<[]>): number;
  a_sync(path: string, answer: Answer<[string]>): number;
  a_exists(path: string, watch: boolean, answer: Answer<[NativeStat | null]>): number;
  a_get(path: string, watch: boolean, answer: Answer<[NativeStat | null, Buffer | null]>): number;
  a_get_children(path: string, watch: boolean, answer: Answer<[string[] | null]>): number;
  /** Takes bytes or, said nowhere, writes anything else down as text: `null` as "null". */
  a_create(path: string, data: Buffer, flags: number, answer: Answer<[string]>): number;
  a_set(path: string, data: Buffer, version: number, answer: Answer<[NativeStat | null]>): number;
  a_delete_(path: string, version: number, answer: Answer<[]>): number;
}

export type NativeClientClass = new (config: {
  connect: string;
  timeout: number;
  debug_level: number;
  /** Pieces of a reply in a row that are not yet all of it, after which the addon gives up. */
  response_counter_limit: number;
  client_id?: string;
  client_password?: string;
}) => NativeClient;

/**
 * Codes of the C library, not of a server, for requests whose connection it gave up before an answer
 * came: it broke, its answers were not those expected, or there were none for too long.
 */
export const CONNECTION_LOST: readonly number[] = [-4, -2, -7];

/** Codes of the C library for calls of a session that is over, or just ending. */
export const INVALID_STATE = -9;
export const CLOSING = -116;

/** Codes of the C library for the end of a session. */
export const EXPIRED = -112;
export const AUTH_FAILED = -113;

/** Loads the addon. Rejects where the package is not installed or was not compiled. */
export async function importNativeClient(): Promise<NativeClientClass> {
  const module = (await import('zookeeper')) as unknown as { default: NativeClientClass };
  return module.default;
}
