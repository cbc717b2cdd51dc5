/** What a ZooKeeper server says no with, for a person. */
export interface ServerErrorEntry {
  /** Number on the wire. */
  readonly code: number;
  readonly meaning: string;
  readonly remedy: string;
}

/**
 * Every error of a ZooKeeper 3.9 server (KeeperException.Code), by the name that logs, results and
 * conditions give it. The single source of the table in the documentation.
 */
export const SERVER_ERRORS = {
  SystemError: {
    code: -1,
    meaning: 'The server has an internal fault.',
    remedy: 'Look into the log of the server.',
  },
  RuntimeInconsistency: {
    code: -2,
    meaning: 'The server found its own state inconsistent, or gave up a transaction.',
    remedy: 'Look into the log of the server, and run again.',
  },
  DataInconsistency: {
    code: -3,
    meaning: 'The server found its data inconsistent.',
    remedy:
      'Look into the log of the server; restart that member, so that it takes the state of the leader.',
  },
  ConnectionLoss: {
    code: -4,
    meaning: 'The connection broke before an answer came.',
    remedy:
      'Nothing if it happens rarely: it is tried again. Otherwise look at the network and the log of the server.',
  },
  MarshallingError: {
    code: -5,
    meaning: 'The server could not read the request.',
    remedy:
      'Look into its log: the request may be larger than its jute.maxbuffer, or a proxy on the way changes bytes.',
  },
  Unimplemented: {
    code: -6,
    meaning: 'The server does not know that request, or its configuration switches it off.',
    remedy:
      'Upgrade it; for znodes with a time to live set zookeeper.extendedTypesEnabled=true on every member.',
  },
  OperationTimeout: {
    code: -7,
    meaning: 'The server did not finish the request in time.',
    remedy:
      'Nothing if it happens rarely: it is tried again. Otherwise reduce the load on the server.',
  },
  BadArguments: {
    code: -8,
    meaning: 'The server does not accept a path or a value in the request.',
    remedy: 'Exclude the znode (exclude.paths), or give it a name that the server accepts.',
  },
  UnknownSession: {
    code: -12,
    meaning: 'The server does not know the session.',
    remedy: 'Nothing: the next attempt opens another one.',
  },
  NewConfigNoQuorum: {
    code: -13,
    meaning: 'Somebody reconfigures the ensemble, and the new configuration has no quorum.',
    remedy: 'Finish or undo the reconfiguration; it is tried again.',
  },
  ReconfigInProgress: {
    code: -14,
    meaning: 'The ensemble is being reconfigured.',
    remedy: 'Nothing: it is tried again once that has ended.',
  },
  ApiError: {
    code: -100,
    meaning: 'The server considers the request a mistake of its client.',
    remedy: 'Look into the log of the server, and report it as a fault of this program.',
  },
  NoNode: {
    code: -101,
    meaning: 'There is no such znode.',
    remedy: 'Run again if somebody deleted it meanwhile. If it is a chroot, create it.',
  },
  NoAuth: {
    code: -102,
    meaning: 'The access control list gives this user no right to do that.',
    remedy: 'Grant the right (source: read; destination: all), or use another user.',
  },
  BadVersion: {
    code: -103,
    meaning: 'Somebody else changed the znode at the same time.',
    remedy: 'Find out who else writes to the destination, and run again.',
  },
  NoChildrenForEphemerals: {
    code: -108,
    meaning: "The parent is an ephemeral znode of somebody's session, which can have no children.",
    remedy: 'Stop the client that made it, or exclude the path.',
  },
  NodeExists: {
    code: -110,
    meaning: 'There is such a znode already.',
    remedy: 'Find out who else writes to the destination, and run again.',
  },
  NotEmpty: {
    code: -111,
    meaning: 'The znode has children, so it cannot be deleted.',
    remedy: 'Find out who else writes to the destination, and run again.',
  },
  SessionExpired: {
    code: -112,
    meaning:
      'The session is over: the server did not hear of its client in time, or was restarted.',
    remedy:
      'Nothing: the next attempt opens another one. Raise sessionTimeoutSeconds if it happens often.',
  },
  InvalidCallback: {
    code: -113,
    meaning: 'The server found a request without a client to answer.',
    remedy: 'Look into the log of the server, and report it as a fault of this program.',
  },
  InvalidAcl: {
    code: -114,
    meaning: 'The server does not accept the access control list.',
    remedy: 'Configure the scheme on the server (authProvider), or set preserve.acls: false.',
  },
  AuthFailed: {
    code: -115,
    meaning: 'The server refused the credentials, or does not know their scheme.',
    remedy: 'Check user and password of the Secret, and spec.zookeeper.client.authentication.',
  },
  SessionMoved: {
    code: -118,
    meaning: 'The session moved to another connection, at another member.',
    remedy: 'Nothing: it is tried again.',
  },
  NotReadOnly: {
    code: -119,
    meaning: 'The server is cut off from its quorum and is read-only.',
    remedy: 'Bring the ensemble to a quorum; it is tried again.',
  },
  EphemeralOnLocalSession: {
    code: -120,
    meaning:
      'The ensemble makes sessions local and does not upgrade them, so that no client can create an ephemeral znode.',
    remedy:
      'Set localSessionsUpgradingEnabled=true (or localSessionsEnabled=false) in zoo.cfg of every member, and restart them one by one.',
  },
  NoWatcher: {
    code: -121,
    meaning: 'There is no such watch.',
    remedy: 'Nothing: no copy depends on one.',
  },
  RequestTimeout: {
    code: -122,
    meaning: 'The server did not finish the request in time.',
    remedy:
      'Nothing if it happens rarely: it is tried again. Otherwise reduce the load on the server.',
  },
  ReconfigDisabled: {
    code: -123,
    meaning: 'Reconfiguration is switched off at the server.',
    remedy: 'Nothing: no copy asks for that.',
  },
  SessionClosedRequireAuth: {
    code: -124,
    meaning:
      'The server serves only clients that authenticate by one of its schemes (enforce.auth.schemes).',
    remedy:
      'Give the Database credentials of such a scheme: user and password for digest or sasl, tls.crt and tls.key for x509.',
  },
  QuotaExceeded: {
    code: -125,
    meaning: 'A quota above the znode allows no more znodes or bytes (enforceQuota).',
    remedy:
      'Raise or remove the quota at the destination (setquota, delquota of zkCli.sh), and run again.',
  },
  Throttled: {
    code: -127,
    meaning: 'The server had too much to do and did not execute the request.',
    remedy:
      'Reduce its load, raise zookeeper.request_throttle_max_requests or zookeeper.throttled_op_wait_time, or lower spec.config.limits.',
  },
} as const satisfies Record<string, ServerErrorEntry>;

export type ServerErrorName = keyof typeof SERVER_ERRORS;

export const SERVER_ERROR_NAMES = Object.keys(SERVER_ERRORS) as readonly ServerErrorName[];

/** True for a name of {@link SERVER_ERRORS}. */
export function isServerErrorName(name: string): name is ServerErrorName {
  return Object.hasOwn(SERVER_ERRORS, name);
}
