import { ZooKeeperError, type TlsFailureReason } from '../errors.ts';

/** What is known when TLS fails, besides the error. */
export interface TlsContext {
  /** `host:port`. */
  server: string;
  /** The name that the certificate was to carry. */
  expectedName: string;
  hasClientCertificate: boolean;
}

interface Explanation {
  tlsReason: TlsFailureReason;
  message: string;
}

/** Verification errors of OpenSSL (X509_V_ERR_…) that say whom the certificate comes from. */
const authorityCodes: ReadonlySet<string> = new Set([
  'CERT_CHAIN_TOO_LONG',
  'CERT_REJECTED',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'INVALID_CA',
  'INVALID_PURPOSE',
  'PATH_LENGTH_EXCEEDED',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

/** Alerts by which a server turns a client's certificate down, or asks for one (RFC 8446, 6.2). */
const certificateAlert =
  /ALERT_(BAD_CERTIFICATE|UNSUPPORTED_CERTIFICATE|CERTIFICATE_\w+|UNKNOWN_CA|ACCESS_DENIED)$/;

/** Servers up to TLS 1.2 may say no more than this about a missing certificate. */
const handshakeAlert = 'ALERT_HANDSHAKE_FAILURE';

/** No version or cipher in common. */
const versionAlert = /ALERT_(PROTOCOL_VERSION|INSUFFICIENT_SECURITY)$|UNSUPPORTED_PROTOCOL$/;

/** The first bytes of the answer are not those of TLS. */
const notTls = /WRONG_VERSION_NUMBER$|PACKET_LENGTH_TOO_LONG$|HTTP_REQUEST$|RECORD_LAYER_FAILURE$/;

function explainVerification(code: string, detail: string, name: string): Explanation | null {
  if (authorityCodes.has(code)) {
    const message = `the server's certificate comes from no authority that is trusted here (${code})`;
    return { tlsReason: 'untrustedServer', message };
  }
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') {
    const what = code === 'CERT_HAS_EXPIRED' ? 'has expired' : 'is not valid yet';
    const message = `the server's certificate, or that of its authority, ${what}`;
    return { tlsReason: 'serverCertificateNotValidNow', message };
  }
  if (code === 'CERT_REVOKED') {
    return { tlsReason: 'untrustedServer', message: "the server's certificate is revoked" };
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    const message = `the server's certificate is not for "${name}": ${detail}`;
    return { tlsReason: 'wrongServerName', message };
  }
  return null;
}

function explainAlert(code: string, hasClientCertificate: boolean): Explanation | null {
  if (certificateAlert.test(code) || (code.endsWith(handshakeAlert) && !hasClientCertificate)) {
    return hasClientCertificate
      ? {
          tlsReason: 'clientCertificateRefused',
          message: `the server does not accept the client's certificate (${code})`,
        }
      : {
          tlsReason: 'clientCertificateRequired',
          message: `the server demands a client certificate, and none is configured (${code})`,
        };
  }
  if (versionAlert.test(code) || code.endsWith(handshakeAlert)) {
    const message = `no TLS version or cipher in common with the server (${code})`;
    return { tlsReason: 'noCommonProtocol', message };
  }
  if (notTls.test(code)) {
    const message = `what answers there does not speak TLS; is it the port without? (${code})`;
    return { tlsReason: 'notTls', message };
  }
  return null;
}

/**
 * What went wrong in TLS.
 *
 * @returns null when the error is not one of TLS, but for example a reset
 */
export function tlsFailure(
  cause: NodeJS.ErrnoException,
  context: TlsContext,
): ZooKeeperError | null {
  if (cause instanceof ZooKeeperError) return cause;
  const code = cause.code ?? '';
  const explanation =
    explainVerification(code, cause.message, context.expectedName) ??
    explainAlert(code, context.hasClientCertificate) ??
    explainOther(code, cause.message);
  if (explanation === null) return null;
  const { tlsReason, message } = explanation;
  return new ZooKeeperError('TlsFailed', `${context.server}: ${message}`, { cause, tlsReason });
}

function explainOther(code: string, message: string): Explanation | null {
  return /^ERR_(SSL|TLS|OSSL)_/.test(code) ? { tlsReason: 'other', message } : null;
}
