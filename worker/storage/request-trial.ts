import { ZooKeeperError } from '../../zookeeper/index.ts';
import { readCredentials } from './credentials.ts';
import { RequestLimit, type RequestTrial } from './request-limit.ts';
import type { Driver, Session } from './session.ts';
import { isNotJudged } from './server-answer.ts';
import type { SideName, SideOptions } from './side.ts';

/** The sessions are of no use for longer. */
const TRIAL_SESSION_TIMEOUT_MS = 10_000;

/** A connection that is refused is refused at once; the trial is not worth to wait for more. */
const TRIAL_CONNECT_TIMEOUT_MS = 5_000;

/** One loss may be chance, and is tried again. */
const ATTEMPTS = 2;

/** Of the question whether a znode is there, besides its path: header, length of the path, watch. */
const EXISTS_BYTES = 8 + 4 + 1;

/**
 * Opens a session on each server of a side, to ask it for znodes whose paths are so long that nobody
 * has such: servers judge the length of a request before they look at it, and a question changes
 * nothing and goes to no other server. Each is asked, for a request that one passes on and another
 * does not take would cost them their connection.
 *
 * @returns null where no server grants a session besides the one that the run has
 */
export async function openRequestTrial(
  name: SideName,
  options: SideOptions,
  { driver, signal }: { readonly driver: Driver; readonly signal: AbortSignal },
): Promise<RequestTrial | null> {
  const credentials = await readCredentials(name, options);
  const requestLimit = new RequestLimit({ configuredBytes: Infinity });
  const opened = await Promise.allSettled(
    options.servers.map((server) =>
      driver.open({
        servers: [server],
        sessionTimeoutMs: TRIAL_SESSION_TIMEOUT_MS,
        connectTimeoutMs: TRIAL_CONNECT_TIMEOUT_MS,
        requestLimit,
        ...credentials,
        signal,
      }),
    ),
  );
  const sessions = opened.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  if (sessions.length === 0) return null;
  return {
    takes: async (bytes) => {
      for (const session of sessions) if (!(await takes(session, bytes))) return false;
      return true;
    },
    close: async () => {
      await Promise.all(sessions.map((session) => session.close()));
    },
  };
}

/** Any answer of the server will do. */
async function takes(session: Session, bytes: number): Promise<boolean> {
  const path = `/${'x'.repeat(bytes - EXISTS_BYTES - 1)}`;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    try {
      await session.exists(path);
      return true;
    } catch (error) {
      if (!(error instanceof ZooKeeperError)) throw error;
      if (error.code === 'ConnectionLoss') continue;
      if (isNotJudged(error.code)) throw error;
      return true;
    }
  }
  return false;
}
