/** What a browser is shown: there are no pages yet, and it says so. */
export function frontPage(version: string, isKnown: boolean): string {
  const who = isKnown
    ? '<p>You are known here until this server ends. <a href="/api/v1/migrations">Migrations</a></p>'
    : '<p>Open the link that the server printed, or send a token.</p>';
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>cutover</title></head>
<body>
<h1>cutover ${version}</h1>
<p>This server answers programs. It has no pages yet; <code>cutover status --watch</code> shows the same on a terminal.</p>
${who}
<p><a href="/api/v1/openapi.json">What it answers</a> (OpenAPI 3.1)</p>
</body>
</html>
`;
}
