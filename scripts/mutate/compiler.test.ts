import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { refusedByTypes } from './compiler.ts';
import { instrument } from './instrument.ts';

const SAMPLE = 'scripts/mutate/testing/typed-sample.ts';

test('types refuse what makes no program, and nothing that is only untidy', () => {
  const { mutants } = instrument(SAMPLE, readFileSync(SAMPLE, 'utf8'), 0);
  const refused = refusedByTypes(mutants);
  const said = mutants.map((mutant) => {
    const what = mutant.becomes === '' ? `without ${mutant.was}` : mutant.becomes;
    return `${what}: ${refused.has(mutant) ? 'refused' : 'taken'}`;
  });
  expect(said).toEqual([
    'without return { name: name ?? WORDS.nobody, nick: undefined, list: [...WORDS.none] };: refused',
    'without name: name ?? WORDS.nobody: refused',
    'name: refused',
    'WORDS.nobody: taken',
    'without nick: undefined: refused',
    'without list: [...WORDS.none]: taken',
    'without ...WORDS.none: taken',
    "without nobody: 'nobody': refused",
    'without none: []: refused',
  ]);
});
