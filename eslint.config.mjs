import eslint from '@eslint/js';
import tseslint from 'typescript-eslint';

const RESTRICTED_SYNTAX = [
  { selector: 'ExportDefaultDeclaration', message: 'Named exports only.' },
  { selector: 'ExportAllDeclaration', message: 'Name each export.' },
];
const LINKS = 'Links are made in apps/api/src/http/links.ts only.';

export default tseslint.config(
  { ignores: ['dist/', 'data/', 'coverage/', 'node_modules/'] },
  eslint.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      // A plain object with the members of a DTO class is that DTO; the class exists for its decorators.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      // Deprecated only to stand out; issuers over http are what an operator names on purpose.
      '@typescript-eslint/no-deprecated': [
        'error',
        { allow: [{ from: 'package', package: 'openid-client', name: 'allowInsecureRequests' }] },
      ],
      // Injected classes must stay value imports: Nest reads them from the emitted metadata.
      '@typescript-eslint/consistent-type-imports': 'off',
      'no-restricted-properties': [
        'error',
        {
          object: 'process',
          property: 'env',
          message: 'Settings are read in libs/platform/src/config only.',
        },
      ],
      'no-restricted-imports': [
        'error',
        {
          paths: [
            { name: '@nestjs/common', importNames: ['forwardRef'], message: 'Break the cycle instead.' },
          ],
        },
      ],
      'no-restricted-syntax': ['error', ...RESTRICTED_SYNTAX],
    },
  },
  {
    // Every link carries the path of the public URL because one file makes all of them.
    files: ['apps/api/**/*.ts', 'libs/**/*.ts'],
    ignores: ['apps/api/src/http/links.ts', '**/*.spec.ts', '**/*.contract.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        ...RESTRICTED_SYNTAX,
        {
          selector:
            "CallExpression[callee.property.name='location'], CallExpression[callee.property.name='links']",
          message: LINKS,
        },
        {
          selector:
            'CallExpression[callee.property.name=/^(?:setHeader|set|header|append)$/][arguments.0.value=/^(?:link|location)$/i]',
          message: LINKS,
        },
        { selector: "CallExpression[callee.property.name='redirect']", message: LINKS },
      ],
    },
  },
  {
    files: [
      'libs/platform/src/config/**/*.ts',
      'apps/cli/src/settings/process-terminal.ts',
      'test/**/*.ts',
      '**/*.spec.ts',
      '**/*.contract.ts',
    ],
    rules: { 'no-restricted-properties': 'off' },
  },
  {
    files: ['**/*.mjs', '**/*.cjs'],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        module: 'writable',
        URL: 'readonly',
        fetch: 'readonly',
      },
    },
  },
);
