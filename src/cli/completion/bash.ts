import { quoted, walkFunctions } from './cases.ts';
import type { Place } from './table.ts';

/**
 * For bash 3.2 and newer. Readline takes `=` for a word of its own, unless somebody changed COMP_WORDBREAKS: both are
 * handled. Nothing of it writes to standard error.
 */
export function bashScript(table: readonly Place[]): string {
  return `# bash completion for cutover, written by: cutover completion bash

${walkFunctions(table)}

_cutover_words() {
  case "$place" in
${table.map(({ path, words }) => `    (${quoted(path)}) offers=${list(words)} ;;`).join('\n')}
  esac
}

_cutover_options() {
  case "$place" in
${table.map(({ path, options }) => `    (${quoted(path)}) offers=${list(options)} ;;`).join('\n')}
  esac
}

_cutover_source() {
  case "$1" in
    (environments|repositories|flags)
      offers="$( { "\${COMP_WORDS[0]}" complete "$1" -- "\${COMP_WORDS[@]:1}" </dev/null; } 2>/dev/null )" ;;
    (choices:*) offers="\${1#choices:}" ;;
    (files) compopt -o default 2>/dev/null ;;
  esac
}

_cutover() {
  local IFS=$' \\t\\n' place value count one offers='' lead='' cur="\${COMP_WORDS[COMP_CWORD]}"
  COMPREPLY=()
  _cutover_walk "\${COMP_WORDS[@]:1:COMP_CWORD-1}"
  if [[ "$cur" == '=' ]]; then
    cur=''
  elif [[ -z "$value" && "$cur" == --*=* ]]; then
    lead="\${cur%%=*}=" cur="\${cur#*=}"
    _cutover_value "\${lead%=}"
    if [[ -z "$value" ]]; then return 0; fi
  fi
  if [[ -n "$value" ]]; then
    _cutover_source "$value"
  elif [[ "$cur" == -* ]]; then
    _cutover_options
  else
    _cutover_words
    _cutover_argument
    if [[ -n "$value" ]]; then _cutover_source "$value"; fi
    if [[ -z "$value$offers" ]]; then _cutover_options; fi
  fi
  for one in $offers; do
    if [[ "$one" == "$cur"* ]]; then COMPREPLY+=("$lead$one"); fi
  done
  return 0
}

complete -F _cutover cutover
`;
}

function list(offers: readonly { readonly word: string }[]): string {
  return quoted(offers.map(({ word }) => word).join(' '));
}
