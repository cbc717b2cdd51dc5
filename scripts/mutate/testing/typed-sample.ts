interface Named {
  readonly name: string;
  readonly nick: string | undefined;
  readonly list?: readonly string[];
}

/** Something to leave parts out of. */
export function named(name: string | undefined): Named {
  return { name: name ?? WORDS.nobody, nick: undefined, list: [...WORDS.none] };
}

const WORDS = { nobody: 'nobody', none: [] };
