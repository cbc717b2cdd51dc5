import { createHash } from 'node:crypto';

/** A plan's name must leave room for `-` and the slot in its children's names. */
export const PLAN_NAME_MAX_LENGTH = 52;

const JOB_NAME_HEAD = 54;
const HASH_LENGTH = 8;

/**
 * Name of the one Job of a Synchronization: `<name cut to 54>-<8 hex of UID>`, at most 63
 * characters. It is a DNS label, because the Job's name becomes a label and a host name of its
 * pods; so dots of the Synchronization's name turn into dashes. It depends on nothing but name and
 * UID: creating it twice meets the first one.
 */
export function jobName(synchronization: { readonly name: string; readonly uid: string }): string {
  const head = synchronization.name.replaceAll('.', '-').slice(0, JOB_NAME_HEAD).replace(/-+$/, '');
  return `${head}-${uidDigits(synchronization.uid)}`;
}

/** Name of the Synchronization that a plan makes for a slot: `<plan>-<minutes since 1970>`. */
export function slotName(plan: string, slot: Date): string {
  return `${plan}-${Math.floor(slot.getTime() / 60_000)}`;
}

/** Name of the Synchronization that a plan makes for a run-now token: `<plan>-r<8 hex>`. */
export function runNowName(plan: string, token: string): string {
  return `${plan}-r${runNowHash(token)}`;
}

/** What is remembered of a run-now token: 8 hex digits of its SHA-256. */
export function runNowHash(token: string): string {
  return sha256(token);
}

/** The hash of the token that a plan's child was made for; undefined if it was not made for one. */
export function runNowHashOf(plan: string, child: string): string | undefined {
  if (!child.startsWith(`${plan}-r`)) return undefined;
  return /^[0-9a-f]{8}$/.exec(child.slice(plan.length + 2))?.[0];
}

/** The plan that a Synchronization of that name would be of; undefined if none names them so. */
export function planNameOf(child: string): string | undefined {
  return /^(.+)-(?:\d{1,10}|r[0-9a-f]{8})$/.exec(child)?.[1];
}

/** The first 8 digits of a UID; UIDs are opaque by contract, so one of another form is hashed. */
function uidDigits(uid: string): string {
  const digits = uid.slice(0, HASH_LENGTH).toLowerCase();
  return /^[0-9a-f]{8}$/.test(digits) ? digits : sha256(uid);
}

function sha256(value: string): string {
  return createHash('sha256').update(value).digest('hex').slice(0, HASH_LENGTH);
}
