/**
 * What a reader does not see and a terminal carries out, or shows other text for: control characters, and what turns the
 * direction of the text behind it.
 */
const UNSEEN = /[\p{Cc}\u202A-\u202E\u2066-\u2069]/gu;
/** The same without what makes lines of a text. */
const UNSEEN_IN_LINES = /[^\P{Cc}\t\n]|[\u202A-\u202E\u2066-\u2069]/gu;

/** Whether a text has control characters; line ends and tabs are some. */
export function hasControls(text: string): boolean {
  return /\p{Cc}/u.test(text);
}

/** A text of any origin as one line in which nothing is hidden. */
export function inOneLine(text: string): string {
  return text.trim().replaceAll(/\s+/g, ' ').replaceAll(UNSEEN, spelled);
}

/** A text of any origin whose lines stay, and in which nothing else is hidden. */
export function inPlainLines(text: string): string {
  return text.replaceAll(UNSEEN_IN_LINES, spelled);
}

/** `\u001b`, as JSON has it. */
export function spelled(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
