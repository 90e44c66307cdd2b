type Environment = Readonly<Record<string, string | undefined>>;

const BLANK = '[redacted]';
/** Shorter values are words that also mean something else. Characters. */
const LEAST = 6;

const NAMES = String.raw`[\w.-]*(?:passw(?:or)?d|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credential)[\w.-]*`;
const VALUE = String.raw`(?:"[^"\n]*"|'[^'\n]*'|[^\s"',;&]+)`;

/** What secrets look like, whoever prints them. What is kept of a match stands in its first group. */
const PATTERNS: readonly RegExp[] = [
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
  // The password in an address; up to the last @, since one that is not escaped has some.
  /(\b[a-z][\w+.-]*:\/\/[^\s/:@]*:)[^\s"'<>]+(?=@)/gi,
  /(\b(?:bearer|basic)\s+)[\w.~+/=-]{8,}/gi,
  new RegExp(`(\\b${NAMES}["']?\\s*[=:]\\s*)${VALUE}`, 'gi'),
  new RegExp(`(--${NAMES}\\s+)${VALUE}`, 'gi'),
  /\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*/g,
  /\b(?:gh[pousr]_|github_pat_|glpat-|npm_|xox[abprs]-|sk-|sk_live_|AKIA)[\w-]{12,}/g,
];

const SECRET_NAME = /passw|secret|token|api_?key|private_?key|access_?key|credential/i;

/**
 * A text without what is a secret by its looks or by where it comes from: values of variables whose name says so, and
 * passwords in addresses. Others pass: what a command prints is its author's to look after.
 */
export function withoutSecrets(text: string, env: Environment): string {
  const known = secretsOf(env).reduce((clean, secret) => clean.replaceAll(secret, BLANK), text);
  return PATTERNS.reduce(
    (clean, pattern) =>
      clean.replaceAll(
        pattern,
        (_, ...rest: unknown[]) => `${typeof rest[0] === 'string' ? rest[0] : ''}${BLANK}`,
      ),
    known,
  );
}

/** The longest first: one may be a part of another. */
function secretsOf(env: Environment): readonly string[] {
  const all = Object.entries(env).flatMap(([name, value = '']) =>
    SECRET_NAME.test(name) ? [value] : passwordsIn(value),
  );
  return [...new Set(all)]
    .filter((secret) => secret.length >= LEAST)
    .toSorted((one, other) => other.length - one.length);
}

function passwordsIn(value: string): readonly string[] {
  if (!value.includes('://') || !URL.canParse(value)) return [];
  const { password } = new URL(value);
  return password === '' ? [] : [password, decoded(password)];
}

function decoded(password: string): string {
  try {
    return decodeURIComponent(password);
  } catch {
    return password;
  }
}
