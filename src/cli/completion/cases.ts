import type { Place, Source } from './table.ts';

/**
 * The parts of a script that bash and zsh read alike. They use three variables of their caller: `place`, the command so
 * far, `value`, what the option before the cursor takes, and `count`, how many arguments there are already.
 */
export function walkFunctions(table: readonly Place[]): string {
  return `_cutover_walk() { # the words in front of the cursor
  local word
  place='' value='' count=0
  for word in "$@"; do
    if [[ "$word" == '=' ]]; then continue; fi
    if [[ -n "$value" ]]; then value=''; continue; fi
    case "$word" in
      (--*=*) ;;
      (-*) _cutover_value "$word" ;;
      (*) if _cutover_is_place "\${place:+$place }$word"; then place="\${place:+$place }$word"; else count=$((count + 1)); fi ;;
    esac
  done
}

_cutover_is_place() {
  case "$1" in
    (${table
      .filter(({ path }) => path !== '')
      .map(({ path }) => quoted(path))
      .join('|')}) return 0 ;;
  esac
  return 1
}

_cutover_value() { # of an option
  case "$place $1" in
${valueCases(table).join('\n')}
  esac
}

_cutover_argument() {
  case "$place $count" in
${argumentCases(table).join('\n')}
  esac
}`;
}

function valueCases(table: readonly Place[]): readonly string[] {
  return table.flatMap(({ path, options }) =>
    options.flatMap(({ word, value }) =>
      value === null ? [] : [`    (${quoted(`${path} ${word}`)}) value=${quoted(sourceWord(value))} ;;`],
    ),
  );
}

function argumentCases(table: readonly Place[]): readonly string[] {
  return table.flatMap(({ path, arguments: sources }) =>
    sources.map(
      (source, index) => `    (${quoted(`${path} ${index}`)}) value=${quoted(sourceWord(source))} ;;`,
    ),
  );
}

/** A source as one word of a script: `flags`, `files`, `free`, `choices:a b`. */
export function sourceWord(source: Source): string {
  switch (source.kind) {
    case 'names':
      return source.of;
    case 'choices':
      return `choices:${source.values.join(' ')}`;
    case 'files':
    case 'free':
      return source.kind;
  }
}

/** In single quotes, for bash and zsh. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
