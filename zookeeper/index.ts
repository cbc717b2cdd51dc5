export { creatorAllAcl, digestAclId, digestAuth, openAcl, permissions } from './acl.ts';
export type { Acl, AuthInfo } from './acl.ts';
export type { ResyncEvent, WatchEvent } from './watches/bounded-events.ts';
export type { SaslOptions } from './auth/authenticator.ts';
export { connect } from './client.ts';
export type {
  CallOptions,
  CreateOptions,
  BoundedReadOptions,
  WatchOptions,
  Watched,
  ZooKeeperClient,
} from './client.ts';
export { systemClock } from './clock.ts';
export type { Clock } from './clock.ts';
export type { CreateMode } from './create-mode.ts';
export { ZooKeeperError, errorCodeOf, timeoutStageHints } from './errors.ts';
export type {
  ClientErrorCode,
  ErrorCode,
  ServerErrorCode,
  TimeoutStage,
  TlsFailureReason,
} from './errors.ts';
export { fourLetterWord, parseSrvr } from './four-letter-word.ts';
export type { FourLetterWordOptions, ServerStatus } from './four-letter-word.ts';
export { MultiError } from './multi-error.ts';
export type { ConnectOptions } from './options.ts';
export { checkPath } from './path.ts';
export { EMPTY_MULTI_BYTES as emptyMultiBytes, multiOpBytes } from './protocol/multi.ts';
export type {
  ErrorResult,
  FailedMultiResult,
  MultiCommit,
  MultiOp,
  MultiReadReply,
  MultiResult,
  ReadOp,
  ReadResult,
} from './protocol/multi.ts';
export type { AclReply, ChildrenReply, CreateReply, SyncReply } from './protocol/operations.ts';
export type { DataAndStat, Identity } from './protocol/records.ts';
export type { ChangeEvent, ChangeType } from './protocol/watches.ts';
export { formatAddress, parseServers } from './servers/server-address.ts';
export type { ParsedServers, ServerAddress } from './servers/server-address.ts';
export type { SessionEnd, SessionState } from './session/session-state.ts';
export { statFields } from './stat.ts';
export type { Stat } from './stat.ts';
export type { OneShotWatch, Watch } from './watches/watch.ts';
export { checkTlsOptions } from './link/tls-options.ts';
export type { TlsOptions, TlsSource } from './link/tls-options.ts';
