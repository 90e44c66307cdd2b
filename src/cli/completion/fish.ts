import { sourceWord } from './cases.ts';
import type { Offer, Place } from './table.ts';

/** For fish 3 and newer: one function that prints what can be typed, with what it means. */
export function fishScript(table: readonly Place[]): string {
  return `# fish completion for cutover, written by: cutover completion fish

function __cutover_words # place
    switch $argv[1]
${table.map(({ path, words }) => printed(path, words)).join('\n')}
    end
end

function __cutover_options # place
    switch $argv[1]
${table.map(({ path, options }) => printed(path, options)).join('\n')}
    end
end

function __cutover_value # place, and an option of it or the number of an argument
    switch "$argv[1] $argv[2]"
${table.flatMap(valueCases).join('\n')}
    end
end

function __cutover_source # source, command, words
    switch $argv[1]
        case environments repositories flags
            type -q -- $argv[2]
            and $argv[2] complete $argv[1] -- $argv[3..-1] 2>/dev/null </dev/null
        case 'choices:*'
            string replace choices: '' -- $argv[1] | string split ' '
        case files
            __fish_complete_path (commandline -ct | string replace -r -- '^--[^=]*=' '')
    end
end

function __cutover
    set -l tokens (commandline -opc)
    set -l command $tokens[1]
    set -e tokens[1]
    set -l current (commandline -ct)
    set -l place ''
    set -l value ''
    set -l count 0
    for word in $tokens
        if test -n "$value"
            set value ''
            continue
        end
        switch $word
            case '--*=*'
            case '-*'
                set value (__cutover_value "$place" "$word")
            case '*'
                set -l next (string trim -- "$place $word")
                if contains -- "$next" ${table
                  .filter(({ path }) => path !== '')
                  .map(({ path }) => quoted(path))
                  .join(' ')}
                    set place "$next"
                else
                    set count (math $count + 1)
                end
        end
    end
    if test -n "$value"
        __cutover_source "$value" $command $tokens
        return
    end
    switch "$current"
        case '--*=*'
            set -l option (string replace -r -- '=.*' '' "$current")
            set value (__cutover_value "$place" "$option")
            __cutover_source "$value" $command $tokens | string replace -r -- '^' "$option="
        case '-*'
            __cutover_options "$place"
        case '*'
            set value (__cutover_value "$place" $count)
            set -l offers (__cutover_words "$place")
            test -n "$value"
            and set -a offers (__cutover_source "$value" $command $tokens)
            test -z "$value$offers"
            and set offers (__cutover_options "$place")
            string join -- \\n $offers
    end
end

complete -c cutover -f -a '(__cutover)'
`;
}

function printed(path: string, offers: readonly Offer[]): string {
  const words = offers.flatMap(({ word, summary }) => [quoted(word), quoted(summary)]);
  return `        case ${quoted(path)}${words.length === 0 ? '' : `\n            printf '%s\\t%s\\n' ${words.join(' ')}`}`;
}

function valueCases({ path, options, arguments: sources }: Place): readonly string[] {
  const one = (name: string, source: Place['arguments'][number]): string =>
    `        case ${quoted(`${path} ${name}`)}\n            echo ${quoted(sourceWord(source))}`;
  return [
    ...options.flatMap(({ word, value }) => (value === null ? [] : [one(word, value)])),
    ...sources.map((source, index) => one(String(index), source)),
  ];
}

/** In single quotes, for fish: inside them only the quote and the backslash mean anything. */
function quoted(text: string): string {
  return `'${text.replaceAll(/['\\]/g, String.raw`\$&`)}'`;
}
