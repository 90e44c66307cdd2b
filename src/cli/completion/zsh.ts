import { quoted, walkFunctions } from './cases.ts';
import type { Offer, Place } from './table.ts';

/** For zsh 5: as a file `_cutover` in a folder of `fpath`, or read by `source` after `compinit`. */
export function zshScript(table: readonly Place[]): string {
  return `#compdef cutover
# zsh completion for cutover, written by: cutover completion zsh

${walkFunctions(table)}

_cutover_words() {
  case "$place" in
${table.map(({ path, words }) => `    (${quoted(path)}) offers=(${list(words)}) ;;`).join('\n')}
  esac
}

_cutover_options() {
  local -a offers
  case "$place" in
${table.map(({ path, options }) => `    (${quoted(path)}) offers=(${list(options)}) ;;`).join('\n')}
  esac
  _describe -o 'option' offers
}

_cutover_source() {
  local -a offers
  case "$1" in
    (environments|repositories|flags)
      offers=("\${(@f)$( { "\${words[1]}" complete "$1" -- "\${(@)words[2,CURRENT]}" </dev/null; } 2>/dev/null )}") ;;
    (choices:*) offers=(\${=1#choices:}) ;;
    (files) _files; return ;;
  esac
  offers=("\${(@)offers:#}")
  compadd -a offers
}

_cutover() {
  local place value count
  local -a offers
  _cutover_walk "\${(@)words[2,CURRENT-1]}"
  if [[ -z "$value" && "$PREFIX" == --*=* ]]; then
    _cutover_value "\${PREFIX%%=*}"
    if [[ -z "$value" ]]; then return 1; fi
    compset -P 1 '*='
  fi
  if [[ -n "$value" ]]; then
    _cutover_source "$value"
  elif [[ "$PREFIX" == -* ]]; then
    _cutover_options
  else
    _cutover_words
    _cutover_argument
    if (( \${#offers} )); then _describe 'command' offers; fi
    if [[ -n "$value" ]]; then _cutover_source "$value"; fi
    if [[ -z "$value" ]] && (( ! \${#offers} )); then _cutover_options; fi
  fi
}

if [[ "\${funcstack[1]-}" == _cutover ]]; then
  _cutover "$@"
elif (( \${+functions[compdef]} )); then
  compdef _cutover cutover
fi
`;
}

/** `word:what it is`, as `_describe` reads it. */
function list(offers: readonly Offer[]): string {
  return offers
    .map(({ word, summary }) => quoted(`${word.replaceAll(':', String.raw`\:`)}:${summary}`))
    .join(' ');
}
