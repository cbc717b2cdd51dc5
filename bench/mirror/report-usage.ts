/** Loaded before a contender: when it ends, tells the parent by descriptor 3 what it used. */
import { writeSync } from 'node:fs';

const USAGE_DESCRIPTOR = 3;

process.once('exit', () => {
  const { user, system } = process.cpuUsage();
  const { maxRSS } = process.resourceUsage();
  const usage = { cpuMs: (user + system) / 1_000, maxRssBytes: maxRSS * 1_024 };
  writeSync(USAGE_DESCRIPTOR, JSON.stringify(usage));
});
