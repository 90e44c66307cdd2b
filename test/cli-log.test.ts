import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parsePlan } from '../src/config/index.ts';
import { operate, register } from '../src/engine/index.ts';
import { systemClock } from '../src/kernel/index.ts';
import { openSqliteStore, replaceStateFile } from '../src/store/index.ts';
import { CliProject, PLAN } from './fixtures/cli-project.ts';

const STREAM = 'swap/staging';
const STAGING = ['--environment', 'staging'];
const WHY = ['--reason', 'because'];

let project: CliProject;

beforeEach(async () => {
  project = await CliProject.create();
  const store = await openSqliteStore({ file: project.storeFile, clock: systemClock });
  await register(store, systemClock, parsePlan(PLAN).plan, 'staging');
  for (const value of [10, 20]) {
    const by = { actor: 'ana', reason: 'test' };
    await operate(store, systemClock, STREAM, { kind: 'set-flag', flag: 'use_candidate', value, ...by });
  }
  await store.close();
});
afterEach(() => project.remove());

function sql(script: string): void {
  const database = new DatabaseSync(project.storeFile);
  database.exec(script);
  database.close();
}

const problems = async (): Promise<readonly string[]> => {
  const { code, stdout } = await project.run(['log', 'verify', ...STAGING, '--json']);
  const found = JSON.parse(stdout) as {
    readonly ok: boolean;
    readonly problems: readonly { what: string }[];
  };
  expect(code).toBe(found.ok ? 0 : 3);
  return found.problems.map(({ what }) => what);
};

/** What clears a screen, goes back to the beginning of a line and names the window. */
const HOSTILE = 'ok\u001B[2J\r\n12:00:00  run completed\u001B]0;x\u0007\u009B';

const COLOUR = new RegExp(`${'\u001B'}\\[\\d+m`, 'g');

describe('what somebody wrote into the log', () => {
  it('is refused with control characters, and nothing is written', async () => {
    for (const [name, more] of [
      ['--reason', ['--reason', HOSTILE]],
      ['--actor', [...WHY, '--actor', 'ana\nben']],
    ] as const) {
      const { code, stderr } = await project.run(['kill', ...STAGING, ...more]);
      expect(code).toBe(2);
      expect(stderr).toContain(`${name} has control characters or line ends`);
    }
    const by = await project.run(['kill', ...STAGING, ...WHY], { CUTOVER_ACTOR: 'ana\u001B[2J' });
    expect(by.stderr).toContain('CUTOVER_ACTOR has control characters');
    expect((await project.run(['log', ...STAGING])).stdout).not.toContain('ROLLBACK');
  });

  it('does nothing to a terminal that shows it, whoever wrote it', async () => {
    const store = await openSqliteStore({ file: project.storeFile, clock: systemClock });
    const back = { cause: 'person', repositories: null, mode: 'drain', budgetMs: 1_000 };
    const body = { ...back, actor: HOSTILE, reason: HOSTILE };
    await store.append(STREAM, (await store.head(STREAM))?.seq ?? 0, [
      { kind: 'rollback.started', v: 1, body },
    ]);
    await store.close();
    for (const args of [['log'], ['status'], ['log', '--json'], ['status', '--json']]) {
      const colours = args.includes('--json') ? {} : { FORCE_COLOR: '1' };
      const { stdout } = await project.run([...args, ...STAGING], colours);
      expect(stdout, args.join(' ')).toContain('\\u001b[2J');
      const ours = stdout.replaceAll(COLOUR, '').replaceAll('\n', '');
      expect(ours, args.join(' ')).not.toMatch(/\p{Cc}/u);
      // Nor does it look like an event of its own.
      expect(stdout.split('\n').some((line) => line.startsWith('12:00:00'))).toBe(false);
    }
  });
});

describe('cutover log verify', () => {
  it('names each place where the routing state is not what the log leads to', async () => {
    expect(await problems()).toEqual([]);
    sql(
      `update routing set body = json_set(body, '$.global.exposure', 9000, '$.deny[0]', 'ana') where stream = '${STREAM}'`,
    );
    expect(await problems()).toEqual([
      expect.stringContaining('global.exposure is 9000, the log leads to 2000'),
      expect.stringContaining('deny is ["ana"], the log leads to []'),
    ]);
    sql(`delete from routing`);
    expect(await problems()).toEqual([
      expect.stringContaining('its epoch is null, the log leads to 3'),
      expect.stringContaining('all of it is null'),
    ]);
  });

  it('sees that the end was cut off, and that the last event was exchanged', async () => {
    sql(
      `delete from events where seq = 3; update routing set body = json_set(body, '$.epoch', 2), epoch = 2`,
    );
    expect(await problems()).toEqual([
      `${STREAM} was cut off behind event 2: event 3 was the last one`,
      expect.stringContaining('global.exposure is 2000, the log leads to 1000'),
    ]);
    sql(`delete from events`);
    expect((await problems())[0]).toContain('cut off behind event 0');
  });

  it('keeps run and resume from going on with a log that is broken, and rollback goes back all the same', async () => {
    sql(`update events set body = replace(body, '"ana"', '"eve"') where seq = 2`);
    for (const command of ['run', 'resume']) {
      const { code, stderr } = await project.run([command, ...STAGING, ...WHY]);
      expect(stderr).toContain(`LOG_BROKEN: ${STREAM} is broken at event 2`);
      expect(code).toBe(3);
    }
    const back = await project.run(['rollback', ...STAGING, ...WHY]);
    expect(back.code, back.stderr).toBe(0);
    expect((await project.run(['flag', 'list', ...STAGING])).stdout).toContain('killed');
  });
});

describe('cutover log --follow', () => {
  it('says that another log was put in the place of the one it followed, also a longer one, and goes on with that', async () => {
    const other = await CliProject.create();
    const log = project.start(['log', '--follow', ...STAGING]);
    try {
      await log.until('20 %');
      const store = await openSqliteStore({ file: other.storeFile, clock: systemClock });
      await register(store, systemClock, parsePlan(PLAN).plan, 'staging');
      const by = { actor: 'ben', reason: 'elsewhere' };
      for (const value of [30, 40, 50, 60])
        await operate(store, systemClock, STREAM, { kind: 'set-flag', flag: 'use_candidate', value, ...by });
      await store.close();
      const replacement = { file: project.storeFile, by: other.storeFile, aside: null, mark: null };
      await replaceStateFile(replacement, systemClock);
      await log.until('60 %');
      log.child.kill('SIGINT');
      const { stdout, stderr } = await log.ended;
      expect(stderr).toContain(`another log was put in the place of ${STREAM}`);
      expect(stdout.match(/to \d0 %/g)).toEqual([
        'to 10 %',
        'to 20 %',
        'to 30 %',
        'to 40 %',
        'to 50 %',
        'to 60 %',
      ]);
    } finally {
      log.child.kill('SIGKILL');
      await other.remove();
    }
  });
});
