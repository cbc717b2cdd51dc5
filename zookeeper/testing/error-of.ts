/**
 * What a promise rejects with. Throws when it does not reject, or with something that is no
 * instance of the class.
 */
export async function errorOf<T extends Error>(
  promise: Promise<unknown>,
  errorClass: abstract new (...args: never[]) => T,
): Promise<T> {
  const error: unknown = await promise.then(
    () => 'no error',
    (reason: unknown) => reason,
  );
  if (error instanceof errorClass) return error;
  throw new Error(`expected a ${errorClass.name}, got ${String(error)}`);
}
