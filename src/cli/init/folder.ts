import { type Dirent, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** What a folder holds that says something about its data layer, as text by path. Nothing in it is run. */
export type Folder = {
  readonly packageJson: string | null;
  readonly gitignore: string | null;
  /** Every configuration of this package that is there, by name: `cutover.config.ts` and its other endings. */
  readonly configs: Readonly<Record<string, string>>;
  /** Configurations and schemas of data layers. */
  readonly files: Readonly<Record<string, string>>;
  /** The first source that imports `node:sqlite`, which no package.json lists. */
  readonly nodeSqlite: string | null;
};

const MARKERS =
  /^(schema\.prisma|prisma\.config\.[cm]?[jt]s|drizzle\.config\.([cm]?[jt]s|json)|wrangler\.(toml|jsonc?))$/;
const CONFIGS = /^cutover\.config\.(m?[jt]s|json)$/;
const SOURCE = /\.[cm]?[jt]sx?$/;
const NOT_SOURCES = new Set(['node_modules', 'dist', 'build', 'out', 'coverage']);

/** More is not read: what names a data layer is small, and a look at a folder takes no minute. */
const LONGEST_FILE = 1_000_000;
const MOST_SOURCES = 500;

export function readFolder(folder: string): Folder {
  const names = readdirSync(folder);
  const text = (path: string): string | null => textOf(join(folder, path));
  const texts = (paths: readonly string[]): Readonly<Record<string, string>> =>
    Object.fromEntries(paths.flatMap((path) => entry(path, text(path))));
  const prisma = ['schema.prisma', ...inFolder(folder, 'prisma/schema')].map((name) => `prisma/${name}`);
  return {
    packageJson: text('package.json'),
    gitignore: text('.gitignore'),
    configs: texts(names.filter((name) => CONFIGS.test(name))),
    files: texts([...names.filter((name) => MARKERS.test(name)), ...prisma]),
    nodeSqlite: sources(folder).find((path) => /['"]node:sqlite['"]/.test(text(path) ?? '')) ?? null,
  };
}

function entry(path: string, text: string | null): readonly (readonly [string, string])[] {
  return text === null ? [] : [[path, text]];
}

/** A schema of Prisma may be several files: `prisma/schema/user.prisma`. */
function inFolder(folder: string, path: string): readonly string[] {
  return itemsIn(join(folder, path)).flatMap(({ name }) =>
    name.endsWith('.prisma') ? [`schema/${name}`] : [],
  );
}

/** None where there is no such folder or it may not be read. */
function itemsIn(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

function textOf(path: string): string | null {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat?.isFile() === true && stat.size <= LONGEST_FILE ? readFileSync(path, 'utf8') : null;
}

/** Sources of the folder and of those in it, nearest first. */
function sources(folder: string): readonly string[] {
  const found: string[] = [];
  const folders = [''];
  for (let at = folders.shift(); at !== undefined && found.length < MOST_SOURCES; at = folders.shift()) {
    for (const item of itemsIn(join(folder, at))) {
      const path = at === '' ? item.name : `${at}/${item.name}`;
      if (item.isDirectory() && !item.name.startsWith('.') && !NOT_SOURCES.has(item.name)) folders.push(path);
      if (item.isFile() && SOURCE.test(item.name)) found.push(path);
    }
  }
  return found.slice(0, MOST_SOURCES);
}
