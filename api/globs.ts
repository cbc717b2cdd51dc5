/** Bounds of globs, so that what a run costs is bounded, too: it grows with their length, all together. */
export const GLOB_LIMITS = {
  maxLength: 1024,
  maxExcludedPaths: 256,
  maxNodeTypes: 64,
} as const;
