import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/** Places that may read the process environment or build a client from the machine's configuration. */
const compositionRoots = [
  'operator/config.ts',
  'operator/main.ts',
  'worker/config.ts',
  'worker/main.ts',
  'e2e/**',
  'bench/**',
  'scripts/**',
  'testing/**',
  'zookeeper/testing/**',
  '**/*.test.ts',
  '**/*.soak.ts',
];

const readsMachine = [
  {
    selector: "MemberExpression[object.name='process'][property.name='env']",
    message: 'Only config.ts reads the environment.',
  },
  {
    selector: "NewExpression[callee.name='KubeConfig']",
    message: 'Only main.ts and config.ts build a Kubernetes client.',
  },
];

/** Expressions that are a message: a field, a variable, or what a function with such a name returns. */
const word = '/([mM]essage|^note|^sentence)$/';
const named = `:matches(MemberExpression[property.name=${word}], Identifier[name=${word}], CallExpression[callee.name=${word}])`;
const message = `:matches(${named}, ChainExpression:has(> ${named}), LogicalExpression:has(${named}))`;

/** State is in reasons and fields. Where foreign software has none, a comment beside says so. */
const readsMessages = [
  `CallExpression[callee.property.name=/^(startsWith|endsWith|includes|indexOf|lastIndexOf|match|matchAll|search)$/] > MemberExpression.callee > ${message}.object`,
  `CallExpression[callee.property.name=/^(test|exec)$/] > ${message}.arguments`,
  `BinaryExpression[operator=/^[!=]==$/][right.type='Literal'][right.value=/./] > ${message}.left`,
  `SwitchStatement > ${message}.discriminant`,
].map((selector) => ({
  selector,
  message: 'Messages are for people: decide by a code, a reason or a field.',
}));

/** Files of tests run one after the other in one process, in any order. */
const changesProcess = [
  "CallExpression[callee.name='setFlagsFromString']",
  "CallExpression[callee.property.name='setFlagsFromString']",
  "CallExpression[callee.object.name='process'][callee.property.name=/^(chdir|umask|exit|abort)$/]",
  "CallExpression[callee.object.name='process'][callee.property.name=/^(on|once|(add|prepend).*)$/]",
  'AssignmentExpression[left.object.name=/^(process|globalThis|global)$/]',
  "AssignmentExpression[left.object.object.name='process']",
  "UnaryExpression[operator='delete'][argument.object.object.name='process']",
].map((selector) => ({
  selector,
  message: 'This changes the process that others test in: start one, of a testing/*-process.ts.',
}));

const ownProcess = ['**/testing/*-process.ts'];

export default tseslint.config(
  {
    ignores: [
      '.cache/',
      'dist/',
      'node_modules/',
      'deploy/',
      'coverage/',
      '.dependency-cruiser.cjs',
    ],
  },
  js.configs.recommended,
  {
    files: ['**/*.js'],
    languageOptions: { globals: { process: 'readonly', console: 'readonly' } },
  },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      // One import for each file: types stand in it, after the values.
      'no-duplicate-imports': 'error',
      '@typescript-eslint/consistent-type-definitions': 'off',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      'no-restricted-exports': ['error', { restrictDefaultExports: { direct: true } }],
      '@typescript-eslint/naming-convention': [
        'error',
        {
          selector: 'variable',
          modifiers: ['const', 'global'],
          types: ['number'],
          format: ['UPPER_CASE'],
        },
        {
          selector: 'variable',
          modifiers: ['const', 'global', 'destructured'],
          types: ['number'],
          format: null,
        },
      ],
      eqeqeq: 'error',
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 50, skipBlankLines: true, skipComments: true }],
      'max-depth': ['error', 3],
      'max-params': ['error', 4],
      complexity: ['error', 10],
      'no-console': 'error',
    },
  },
  {
    files: ['**/*.ts'],
    ignores: compositionRoots,
    rules: { 'no-restricted-syntax': ['error', ...readsMachine, ...readsMessages] },
  },
  {
    files: ['operator/{config,main}.ts', 'worker/{config,main}.ts'],
    rules: { 'no-restricted-syntax': ['error', ...readsMessages] },
  },
  {
    files: ['**/*.test.ts', '**/*.soak.ts', '**/*.e2e.ts', '**/testing/**/*.ts'],
    ignores: ownProcess,
    rules: { 'no-restricted-syntax': ['error', ...changesProcess] },
  },
  {
    files: ['**/testing/**/*.ts'],
    ignores: [...ownProcess, ...compositionRoots],
    rules: { 'no-restricted-syntax': ['error', ...readsMachine, ...changesProcess] },
  },
  {
    files: ['**/*.test.ts', '**/*.soak.ts', '**/testing/**/*.ts', 'e2e/**/*.ts'],
    rules: {
      'max-lines': ['error', { max: 500, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
  {
    files: ['**/*.test.ts', '**/*.soak.ts', 'e2e/suites/**/*.ts'],
    rules: {
      'no-restricted-globals': [
        'error',
        { name: 'setTimeout', message: 'Wait for a condition with a deadline, not for time.' },
      ],
    },
  },
  { files: ['e2e/cluster/**', 'scripts/**', 'bench/**'], rules: { 'no-console': 'off' } },
);
