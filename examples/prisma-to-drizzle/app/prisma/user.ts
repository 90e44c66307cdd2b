import type { Json, User, Users } from '../types.ts';
import { json, unlessTaken } from './client.ts';
import type { PrismaClient } from './generated/client.ts';
import type { UserModel } from './generated/models.ts';

export function usersOf(db: PrismaClient): Users {
  const present = { deletedAt: null };
  const first = (rows: readonly UserModel[]): User | null => (rows[0] === undefined ? null : userOf(rows[0]));
  return {
    find: async (id) => orNull(await db.user.findUnique({ where: { id, ...present } })),
    findByEmail: async (email) => orNull(await db.user.findUnique({ where: { email, ...present } })),
    list: async () =>
      (await db.user.findMany({ where: present, orderBy: [{ name: 'asc' }, { id: 'asc' }] })).map(userOf),
    create: async ({ preferences, ...user }) =>
      userOf(
        await unlessTaken(user.email, db.user.create({ data: { ...user, preferences: json(preferences) } })),
      ),
    setPreferences: async (id, preferences) =>
      first(
        await db.user.updateManyAndReturn({
          where: { id, ...present },
          data: { preferences: json(preferences) },
        }),
      ),
    seen: async (id, at) =>
      (await db.user.updateMany({ where: { id, ...present }, data: { lastSeenAt: at } })).count === 1,
    remove: async (id) =>
      (await db.user.updateMany({ where: { id, ...present }, data: { deletedAt: new Date() } })).count === 1,
  };
}

function orNull(row: UserModel | null): User | null {
  return row === null ? null : userOf(row);
}

function userOf({ id, email, name, role, preferences, lastSeenAt }: UserModel): User {
  return { id, email, name, role, preferences: preferences as Json, lastSeenAt };
}
