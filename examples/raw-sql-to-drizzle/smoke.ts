// The smoke tests of the staging phase: each page of the service answers. TARGETS is a list of base URLs.
const targets = (process.env['TARGETS'] ?? 'http://127.0.0.1:3000').split(',');
const pages = [
  '/health',
  '/projects?owner=user-1',
  '/projects/1',
  '/projects/1/executions',
  '/executions/1',
  '/executions/1/events',
];

for (const target of targets) {
  for (const page of pages) {
    const response = await fetch(target + page, { headers: { 'x-user': 'smoke' } });
    if (!response.ok) throw new Error(`${page}: ${response.status} ${await response.text()}`);
  }
}
console.log(`${targets.length} instances answer ${pages.length} pages each`);
