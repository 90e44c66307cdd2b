#!/usr/bin/env node

/** The first Node that strips types from a configuration. */
const NEEDED = [22, 18] as const;

/**
 * The entry of the command line. It imports nothing before the version is known: an older Node would fail in the
 * imports, with a message about a module that nobody here has heard of.
 */
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1])) {
  const { runProcess } = await import('./app.ts');
  await runProcess(process.argv.slice(2));
} else {
  process.stderr.write(
    `✖ cutover needs Node ${NEEDED.join('.')} or newer; this is ${process.versions.node}\n`,
  );
  process.exitCode = 1;
}

export {};
