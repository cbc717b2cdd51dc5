import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { thirdPartyNotices } from './third-party-notices.ts';

describe('third-party notices', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'notices-'));
  });

  afterEach(() => rm(folder, { recursive: true, force: true }));

  const install = async (
    name: string,
    files: Readonly<Record<string, string>>,
  ): Promise<string> => {
    const home = join(folder, 'node_modules', name);
    await mkdir(home, { recursive: true });
    for (const [file, text] of Object.entries(files)) await writeFile(join(home, file), text);
    return home;
  };

  test('name every package in the bundle once, with its licence and its texts', async () => {
    const scoped = await install('@scope/one', {
      'package.json': '{"name":"@scope/one","version":"1.2.3","license":"MIT"}',
      'LICENSE.md': 'Permission is hereby granted\r\n',
      NOTICE: 'Made by One',
      'license-checker.js': '',
    });
    const plain = await install('another', {
      'package.json': '{"name":"another","version":"4.0.0","license":"ISC"}',
    });

    const notices = await thirdPartyNotices([
      'operator/main.ts',
      `${plain}/index.js`,
      `${scoped}/lib/a.js`,
      `${scoped}/lib/b.js`,
    ]);

    expect(notices.split(/\n+-{80}\n+/)).toEqual([
      'Third-party software in this program',
      '@scope/one 1.2.3\nLicence: MIT\n\nPermission is hereby granted\n\nMade by One',
      'another 4.0.0\nLicence: ISC\n',
    ]);
  });

  test('name a package that another one brings in a version of its own', async () => {
    await install('outer', {
      'package.json': '{"name":"outer","version":"1.0.0","license":"MIT"}',
    });
    const inner = await install('outer/node_modules/inner', {
      'package.json': '{"name":"inner","version":"2.0.0","license":"MIT"}',
    });

    const notices = await thirdPartyNotices([`${inner}/index.js`]);

    expect(notices).toContain('inner 2.0.0');
    expect(notices).not.toContain('outer');
  });

  test('are refused for a package that names no licence', async () => {
    const home = await install('nameless', {
      'package.json': '{"name":"nameless","version":"0.0.1"}',
    });

    await expect(thirdPartyNotices([`${home}/index.js`])).rejects.toThrow(
      'nameless 0.0.1 names no licence: it must not be bundled.',
    );
  });
});
