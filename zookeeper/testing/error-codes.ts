import type { NamedCode } from './error-codes-of.ts';

/**
 * All error codes of ZooKeeper 3.9.5 but that of success, as KeeperException.Code has them: for tests
 * that have no Java. `error-codes.integration.test.ts` holds it against the jar.
 */
export const errorCodes: readonly NamedCode[] = [
  { code: -1, name: 'SYSTEMERROR' },
  { code: -2, name: 'RUNTIMEINCONSISTENCY' },
  { code: -3, name: 'DATAINCONSISTENCY' },
  { code: -4, name: 'CONNECTIONLOSS' },
  { code: -5, name: 'MARSHALLINGERROR' },
  { code: -6, name: 'UNIMPLEMENTED' },
  { code: -7, name: 'OPERATIONTIMEOUT' },
  { code: -8, name: 'BADARGUMENTS' },
  { code: -13, name: 'NEWCONFIGNOQUORUM' },
  { code: -14, name: 'RECONFIGINPROGRESS' },
  { code: -12, name: 'UNKNOWNSESSION' },
  { code: -100, name: 'APIERROR' },
  { code: -101, name: 'NONODE' },
  { code: -102, name: 'NOAUTH' },
  { code: -103, name: 'BADVERSION' },
  { code: -108, name: 'NOCHILDRENFOREPHEMERALS' },
  { code: -110, name: 'NODEEXISTS' },
  { code: -111, name: 'NOTEMPTY' },
  { code: -112, name: 'SESSIONEXPIRED' },
  { code: -113, name: 'INVALIDCALLBACK' },
  { code: -114, name: 'INVALIDACL' },
  { code: -115, name: 'AUTHFAILED' },
  { code: -118, name: 'SESSIONMOVED' },
  { code: -119, name: 'NOTREADONLY' },
  { code: -120, name: 'EPHEMERALONLOCALSESSION' },
  { code: -121, name: 'NOWATCHER' },
  { code: -122, name: 'REQUESTTIMEOUT' },
  { code: -123, name: 'RECONFIGDISABLED' },
  { code: -124, name: 'SESSIONCLOSEDREQUIRESASLAUTH' },
  { code: -125, name: 'QUOTAEXCEEDED' },
  { code: -127, name: 'THROTTLEDOP' },
];
