// The thread in which a configuration is read for its names. Whatever goes wrong here ends it, and that is an answer.
import { resolve } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { findConfig, loadConfig } from '../../config/index.ts';
import { systemClock } from '../../kernel/index.ts';
import type { Question } from './ask.ts';
import { planNames } from './names.ts';

/** The parent sends a `Question` and nothing else. */
const { cwd, config } = workerData as Question;
const { plan } = await loadConfig(config === null ? findConfig(cwd) : resolve(cwd, config), systemClock);
parentPort?.postMessage(planNames(plan));
