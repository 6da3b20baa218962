import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runHermes } from './program.js';
import { EmptyFolder } from './testing/empty-folder.js';
import { TestTerminal } from './testing/test-terminal.js';

const PACKAGE = join(__dirname, '..');

describe('hermes', () => {
  const folder = new EmptyFolder();

  it('knows its version', async () => {
    const terminal = new TestTerminal(folder.path);
    expect(await runHermes(['--version'], terminal, '1.2.3')).toBe(0);
    expect(terminal.printed.entries).toEqual(['1.2.3']);
  });

  it('shows its commands to whoever asks', async () => {
    const terminal = new TestTerminal(folder.path);
    expect(await runHermes(['--help'], terminal, '0.0.0')).toBe(0);
    for (const command of ['listen', 'publish', 'chat', 'health']) {
      expect(terminal.printed.entries.join()).toContain(command);
    }
  });

  it.each([[[]], [['lisen']], [['publish', 'news']], [['listen', '--nonsense']]])('fails with %j', async (args) => {
    const terminal = new TestTerminal(folder.path);
    expect(await runHermes(args, terminal, '0.0.0')).toBe(1);
    expect(terminal.said.entries).not.toEqual([]);
    expect(terminal.printed.entries).toEqual([]);
  });

  describe('as an executable', () => {
    const { bin } = JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8')) as { bin: { hermes: string } };

    function run(): { status: number | null; stderr: string } {
      cpSync(join(PACKAGE, bin.hermes), join(folder.path, 'bin', 'hermes.js'));
      writeFileSync(join(folder.path, 'package.json'), '{"type":"module"}');
      return spawnSync(join(folder.path, 'bin', 'hermes.js'), { encoding: 'utf8' });
    }

    it('can be executed', () => {
      expect(statSync(join(PACKAGE, bin.hermes)).mode & 0o111).toBe(0o111);
    });

    it('says what to do when it was not built', () => {
      expect(run()).toMatchObject({ status: 1, stderr: expect.stringContaining('npm run build') });
    });

    it('runs what was built', () => {
      mkdirSync(join(folder.path, 'dist'));
      writeFileSync(join(folder.path, 'dist', 'main.js'), 'process.exitCode = 7;');
      expect(run()).toMatchObject({ status: 7, stderr: '' });
    });
  });
});
