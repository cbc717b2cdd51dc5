import { compileGlobs } from './globs.ts';

/** What a znode is created as, unless it is an ordinary persistent one. */
export type NodeType =
  | { readonly type: 'Container' }
  /** It goes after this long without a change and without children. */
  | { readonly type: 'TTL'; readonly ttlMs: number };

/** Where such znodes are: no client can tell them from others, so somebody has to say. */
export interface NodeTypeRule {
  /** Of absolute paths. */
  readonly glob: string;
  readonly nodeType: NodeType;
}

/**
 * The types that znodes are created as. Servers remove such znodes by themselves, so that they may
 * be gone at any moment, and their parents changed.
 */
export class NodeTypes {
  readonly #rules: readonly { readonly nodeType: NodeType; readonly matches: PathTest }[];
  readonly #rootPath: string;
  readonly #mayVanishFrom: PathTest | null;
  readonly #made = new Set<NodeType['type']>();

  /** @param rules the first that matches a path counts */
  constructor(rules: readonly NodeTypeRule[], rootPath: string) {
    this.#rules = rules.map(({ glob, nodeType }) => ({
      nodeType,
      matches: compileGlobs([glob], 'itself') ?? (() => false),
    }));
    this.#rootPath = rootPath;
    this.#mayVanishFrom = compileGlobs(
      rules.map(({ glob }) => glob),
      'parents',
    );
  }

  /** One of each type that the rules ask for. */
  get wanted(): readonly NodeType[] {
    const byType = new Map(this.#rules.map(({ nodeType }) => [nodeType.type, nodeType]));
    return [...byType.values()];
  }

  /** The destination makes znodes of this type; until it is said, they become persistent ones. */
  canMake(type: NodeType['type']): void {
    this.#made.add(type);
  }

  /** What to create a znode as; null for a persistent one. A root that goes by itself is none. */
  of(path: string): NodeType | null {
    if (this.#made.size === 0 || path === this.#rootPath) return null;
    const rule = this.#rules.find(({ matches }) => matches(path));
    return rule !== undefined && this.#made.has(rule.nodeType.type) ? rule.nodeType : null;
  }

  /** How long a copy of this znode lives unless its data changes; null for one that stays. */
  ttlMsOf(path: string): number | null {
    const nodeType = this.of(path);
    return nodeType?.type === 'TTL' ? nodeType.ttlMs : null;
  }

  /** True if a direct child of this path may go by itself. An earlier run may have made it. */
  mayVanishFrom(path: string): boolean {
    return this.#mayVanishFrom?.(path) === true;
  }
}

type PathTest = (path: string) => boolean;
