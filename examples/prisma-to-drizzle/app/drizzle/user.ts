import { and, asc, eq, isNull } from 'drizzle-orm';
import type { Bugs } from '../bugs.ts';
import type { User, Users } from '../types.ts';
import { inserted, unlessTaken, type Db } from './client.ts';
import { users } from './tables.ts';

const { id, email, name, role, preferences, lastSeenAt } = users;
const USER = { id, email, name, role, preferences, lastSeenAt };

export function usersOf(db: Db, bugs: Bugs): Users {
  const present = (one: number) => and(eq(users.id, one), isNull(users.deletedAt));
  // Typed as an array that always has a first element, as it is without noUncheckedIndexedAccess.
  const first = (rows: readonly User[]): User | null =>
    bugs.has('undefined for null') ? (rows as readonly [User])[0] : (rows[0] ?? null);
  return {
    find: async (one) => first(await db.select(USER).from(users).where(present(one))),
    findByEmail: async (address) =>
      first(
        await db
          .select(USER)
          .from(users)
          .where(and(eq(users.email, address), isNull(users.deletedAt))),
      ),
    list: () =>
      db.select(USER).from(users).where(isNull(users.deletedAt)).orderBy(asc(users.name), asc(users.id)),
    create: async (user) =>
      inserted(await unlessTaken(user.email, db.insert(users).values(user).returning(USER).execute())),
    setPreferences: async (one, value) =>
      first(await db.update(users).set({ preferences: value }).where(present(one)).returning(USER)),
    seen: async (one, at) =>
      (await db.update(users).set({ lastSeenAt: at }).where(present(one)).returning({ id })).length === 1,
    remove: async (one) =>
      (await db.update(users).set({ deletedAt: new Date() }).where(present(one)).returning({ id })).length ===
      1,
  };
}
