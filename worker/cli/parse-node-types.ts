import { GLOB_LIMITS } from '../../api/globs.ts';
import { MAX_TTL_MS } from '../../api/options/synchronize-options.ts';
import type { NodeType, NodeTypeRule } from '../tree/node-types.ts';
import { brokenRuleOfGlob, type Problems } from './parse-values.ts';

const MUST = `must be <glob>=Container or <glob>=TTL:<milliseconds>, from 1 to ${MAX_TTL_MS}`;

/** Rules as `nodeTypeArgument` writes them. */
export function parseNodeTypes(
  flag: string,
  raw: readonly string[],
  problems: Problems,
): NodeTypeRule[] {
  const rules: NodeTypeRule[] = [];
  for (const word of raw) {
    // A name may hold the sign, a type does not.
    const sign = word.lastIndexOf('=');
    const glob = word.slice(0, Math.max(0, sign));
    const nodeType = typeOf(word.slice(sign + 1));
    const broken = brokenRuleOfGlob(glob);
    if (sign === -1 || nodeType === null) problems.add(flag, word, MUST);
    else if (broken !== null) problems.add(flag, word, broken);
    else rules.push({ glob, nodeType });
  }
  problems.addIfTooMany(flag, raw, GLOB_LIMITS.maxNodeTypes);
  return rules;
}

function typeOf(text: string): NodeType | null {
  if (text === 'Container') return { type: 'Container' };
  const ttlMs = /^TTL:(\d{1,13})$/.exec(text)?.[1];
  if (ttlMs === undefined || Number(ttlMs) < 1 || Number(ttlMs) > MAX_TTL_MS) return null;
  return { type: 'TTL', ttlMs: Number(ttlMs) };
}
