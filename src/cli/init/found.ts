import type { Folder } from './folder.ts';
import type { Manifest } from './manifest.ts';

/** A way to a database that the folder shows, and what shows it. */
export type Layer = {
  readonly name: string;
  readonly kind: 'driver' | 'builder' | 'orm';
  /** For drivers: what they speak to. */
  readonly database: string | null;
  readonly by: readonly string[];
};

/** What `cutover init` says that it found. */
export type Found = {
  readonly package: string | null;
  /** Drivers first, then in the order in which projects usually replace one by the next. */
  readonly layers: readonly Layer[];
  /** Databases that configurations and drivers name. */
  readonly databases: readonly string[];
  /** Models of Prisma's schema, in its order. */
  readonly models: readonly string[];
};

type Known = Omit<Layer, 'by'> & { readonly packages: readonly string[]; readonly files?: RegExp };

const driver = (name: string, database: string): Known => ({
  name,
  kind: 'driver',
  database,
  packages: [name],
});
const layer = (
  name: string,
  kind: 'builder' | 'orm',
  packages: readonly string[],
  files?: RegExp,
): Known => ({
  name,
  kind,
  database: null,
  packages,
  ...(files === undefined ? {} : { files }),
});

/** In the order in which the later one is more likely the candidate. */
const KNOWN: readonly Known[] = [
  driver('mssql', 'SQL Server'),
  driver('tedious', 'SQL Server'),
  driver('mysql2', 'MySQL'),
  driver('node:sqlite', 'SQLite'),
  driver('better-sqlite3', 'SQLite'),
  driver('pg', 'PostgreSQL'),
  driver('postgres', 'PostgreSQL'),
  layer('Knex', 'builder', ['knex']),
  layer('Sequelize', 'orm', ['sequelize']),
  layer('TypeORM', 'orm', ['typeorm']),
  layer(
    'Prisma',
    'orm',
    ['prisma', '@prisma/client'],
    /(^|\/)(schema\/[^/]+|schema)\.prisma$|^prisma\.config\./,
  ),
  layer('Kysely', 'builder', ['kysely']),
  layer('Drizzle', 'orm', ['drizzle-orm', 'drizzle-kit'], /^drizzle\.config\./),
];

/** As Prisma's `provider` and Drizzle's `dialect` spell them. */
const DATABASES: Readonly<Record<string, string>> = {
  postgresql: 'PostgreSQL',
  postgres: 'PostgreSQL',
  mysql: 'MySQL',
  sqlite: 'SQLite',
  sqlserver: 'SQL Server',
  mssql: 'SQL Server',
};

/** Pure: the same texts always show the same. */
export function findIn({ files, nodeSqlite }: Folder, manifest: Manifest | null): Found {
  const layers = KNOWN.flatMap(({ name, kind, database, packages, files: shown }): Layer[] => {
    const by = [
      ...Object.keys(files).filter((path) => shown?.test(path) === true),
      ...packages
        .filter((one) => manifest?.dependencies.includes(one) === true)
        .map((one) => `package ${one}`),
      ...(name === 'node:sqlite' && nodeSqlite !== null ? [nodeSqlite] : []),
    ];
    return by.length === 0 ? [] : [{ name, kind, database, by }];
  });
  const databases = [
    ...layers.flatMap(({ database }) => database ?? []),
    ...Object.entries(files).flatMap(([path, text]) => databasesIn(path, text)),
  ];
  return {
    package: manifest?.name ?? null,
    layers,
    databases: [...new Set(databases)],
    models: Object.entries(files).flatMap(([path, text]) => (path.endsWith('.prisma') ? modelsIn(text) : [])),
  };
}

function databasesIn(path: string, text: string): readonly string[] {
  if (path.startsWith('wrangler.')) return withoutComments(path, text).includes('d1_databases') ? ['D1'] : [];
  const code = withoutComments(path, text);
  const named = path.endsWith('.prisma')
    ? /\bdatasource\s+\w+\s*\{[^}]*?\bprovider\s*=\s*"(\w+)"/.exec(code)?.[1]
    : /\bdialect["']?\s*:\s*["'`](\w+)/.exec(code)?.[1];
  const database = DATABASES[named ?? ''];
  return database === undefined ? [] : [database];
}

function modelsIn(text: string): readonly string[] {
  const code = withoutComments('schema.prisma', text);
  return [...code.matchAll(/^\s*model\s+([A-Za-z]\w*)\s*\{/gm)].map(([, name = '']) => name);
}

/** Enough for a look: what somebody commented out is not what the project uses. */
function withoutComments(path: string, text: string): string {
  return path.endsWith('.toml')
    ? text.replaceAll(/^\s*#.*$/gm, '')
    : text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/^\s*\/\/.*$/gm, '');
}
