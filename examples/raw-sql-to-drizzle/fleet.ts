import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createDatabase } from './app/database.ts';

export type Instance = {
  readonly name: string;
  readonly environment: string;
  readonly url: string;
  readonly process: ChildProcess;
};

/** Names of the processes of each environment: production has ten. */
export const FLEET: Readonly<Record<string, readonly string[]>> = {
  development: ['development-1'],
  staging: ['staging-1', 'staging-2'],
  production: Array.from({ length: 10 }, (_, index) => `production-${String(index + 1).padStart(2, '0')}`),
};

/** Starts every instance as a process of its own and waits until each one listens. */
export async function startFleet(env: Readonly<Record<string, string>>): Promise<readonly Instance[]> {
  createDatabase(env['DATABASE'] ?? 'app.db');
  return startInstances(join(import.meta.dirname, 'app/service.ts'), FLEET, env);
}

/** A process for each name, of whichever service: all of them, or none when one does not start. */
export async function startInstances(
  service: string,
  fleet: Readonly<Record<string, readonly string[]>>,
  env: Readonly<Record<string, string>>,
): Promise<readonly Instance[]> {
  const starting = Object.entries(fleet).flatMap(([environment, names]) =>
    names.map((name) => startInstance(service, name, environment, env)),
  );
  const started = await Promise.allSettled(starting);
  const instances = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const failed = started.find((one) => one.status === 'rejected');
  if (failed === undefined) return instances;
  await stopFleet(instances);
  throw failed.reason;
}

async function startInstance(
  service: string,
  name: string,
  environment: string,
  env: Readonly<Record<string, string>>,
): Promise<Instance> {
  const child = fork(service, {
    env: { ...process.env, ...env, ENVIRONMENT: environment, CUTOVER_INSTANCE: name, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  const { stdout } = child;
  if (stdout === null) throw new Error(`${name} has no output`);
  const [line] = (await Promise.race([
    once(stdout, 'data'),
    once(child, 'exit').then(() => Promise.reject(new Error(`${name} ended before it listened`))),
  ])) as [Buffer];
  const { port } = JSON.parse(line.toString('utf8')) as { readonly port: number };
  return { name, environment, url: `http://127.0.0.1:${port}`, process: child };
}

/** Ends every instance, gently. */
export async function stopFleet(fleet: readonly Instance[]): Promise<void> {
  await Promise.all(
    fleet.map(async ({ process: child }) => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    }),
  );
}
