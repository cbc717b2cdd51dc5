import type { OptionTable } from '../../api/options/definition.ts';
import { LOG_FORMATS, LOG_LEVELS } from '../../common/logger.ts';
import { DIFF_FORMATS } from '../report/print-differences.ts';
import { DRIVERS } from '../storage/session.ts';

/** Options that are about the process, and not about what is copied: an operator passes none. */
export const PROCESS_OPTIONS = {
  diffFormat: {
    type: 'word',
    flag: '--format',
    words: DIFF_FORMATS,
    default: 'text',
    value: '<format>',
    help: 'how the differences are printed: text, json (one object a line) or summary',
  },
  driver: {
    type: 'word',
    words: DRIVERS,
    default: 'pipelined',
    value: '<driver>',
    help: 'client of ZooKeeper: pipelined, or native, the C library in the npm package zookeeper',
  },
  logFormat: {
    type: 'word',
    words: LOG_FORMATS,
    value: '<format>',
    help: LOG_FORMATS.join(' or '),
    variable: 'RESILIENCY_LOG_FORMAT',
    defaultHelp: 'pretty on a terminal',
  },
  logLevel: {
    type: 'word',
    words: LOG_LEVELS,
    default: 'info',
    value: '<level>',
    help: LOG_LEVELS.join(', '),
    variable: 'RESILIENCY_LOG_LEVEL',
  },
  terminationMessagePath: {
    type: 'text',
    value: '<file>',
    help: 'file for the result as JSON',
    defaultHelp: '/dev/termination-log if it exists',
  },
} as const satisfies OptionTable;
