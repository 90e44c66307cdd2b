import { PrismaPg } from '@prisma/adapter-pg';
import type pg from 'pg';
import { ShopError } from '../types.ts';
import { Prisma, PrismaClient } from './generated/client.ts';

export function openPrisma(pool: pg.Pool): PrismaClient {
  return new PrismaClient({ adapter: new PrismaPg(pool) });
}

/** Prisma wants to be told which of the two nulls of a JSON column is meant. */
export function jsonOrNull(
  value: Readonly<Record<string, unknown>> | null,
): Prisma.InputJsonValue | typeof Prisma.DbNull {
  return value === null ? Prisma.DbNull : json(value);
}

export function json(value: Readonly<Record<string, unknown>>): Prisma.InputJsonObject {
  // A boundary: what the shop calls JSON is what Prisma calls JSON.
  return value as Prisma.InputJsonObject;
}

export async function unlessTaken<T>(what: string, query: Promise<T>): Promise<T> {
  try {
    return await query;
  } catch (error) {
    if (isTaken(error)) throw new ShopError('TAKEN', `${what} is taken`);
    throw error;
  }
}

export function isTaken(error: unknown): boolean {
  return error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2002';
}
