import { loadNativeDriver } from './native/native-driver.ts';
import { pipelinedDriver } from './pipelined/pipelined-driver.ts';
import type { Driver, DriverName } from './session.ts';

/**
 * The driver of that name. What is not asked for is not loaded.
 *
 * @throws WorkerFailure `BadArguments` where it is not installed
 */
export async function loadDriver(name: DriverName): Promise<Driver> {
  return name === 'native' ? await loadNativeDriver() : pipelinedDriver;
}
