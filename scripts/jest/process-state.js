import { cachedDataVersionTag } from 'node:v8';

/** What tests share that run in one process, as it is now. */
export function lookAtProcess() {
  return {
    handles: new Set(handles()),
    timers: process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length,
    directory: process.cwd(),
    // Made of V8's version, which stays, and of its flags.
    v8Flags: cachedDataVersionTag(),
  };
}

/**
 * What is open now and was not then, and what is set to something else. Timers, sockets and the like
 * count as long as they keep a process from ending.
 *
 * @returns {string[]} one phrase for each, empty if there is nothing
 */
export function leftBehind(before) {
  const now = lookAtProcess();
  const left = [...now.handles].filter((each) => !before.handles.has(each)).map(describe);
  if (now.timers > before.timers) left.push(`timers: ${now.timers - before.timers}`);
  if (now.v8Flags !== before.v8Flags) left.push("other flags of V8's");
  if (now.directory !== before.directory) left.push(`another directory: ${now.directory}`);
  return left;
}

/** Sockets, servers and child processes; Node has no other way to see them. Not the process's own output. */
function handles() {
  return process._getActiveHandles().filter(({ fd }) => !(fd <= 2));
}

function describe(handle) {
  if (Array.isArray(handle.spawnargs)) return `process: ${handle.spawnargs.join(' ')}`;
  const { port } = handle.address?.() ?? {};
  const at = port === undefined ? '' : ` at port ${port}`;
  const to = handle.remotePort === undefined ? '' : ` to port ${handle.remotePort}`;
  return `open: ${handle.constructor.name}${at}${to}`;
}
