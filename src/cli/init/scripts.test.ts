import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { withScripts } from './scripts.ts';

const WANTED = { cutover: 'cutover', 'cutover:status': 'cutover status' };

describe('withScripts', () => {
  it.each([
    ['two blanks', '{\n  "name": "a",\n  "scripts": {\n    "x": "y"\n  },\n  "z": [1]\n}\n'],
    ['tabs, no line at the end', '{\n\t"scripts": {\n\t\t"x": "y"\n\t}\n}'],
    ['lines of Windows', '{\r\n  "scripts": {\r\n    "x": "y"\r\n  }\r\n}\r\n'],
    ['a byte order mark', '\uFEFF{\n  "scripts": {\n    "x": "y"\n  }\n}\n'],
    ['one line', '{"scripts":{"x":"y"}}'],
    ['blanks and brackets of its own', '{ "a" : "}{,\\"", "scripts" : { "x" : "y" } , "b":[ 1,2 ]}\n'],
  ])('leaves %s as it is: what was there is there, in its order', (_, text) => {
    const edit = withScripts(text, WANTED);
    const at = text.indexOf('"y"') + 3;
    expect(edit?.text.startsWith(text.slice(0, at))).toBe(true);
    expect(edit?.text.endsWith(text.slice(at))).toBe(true);
    expect(parsed(edit?.text)).toMatchObject({ scripts: { x: 'y', ...WANTED } });
    expect(edit?.text.includes('\r\n')).toBe(text.includes('\r\n'));
    expect(/[^\r]\n/.test(edit?.text ?? '')).toBe(/[^\r]\n/.test(text));
  });

  it('leaves a script of that name that does something else, and says so', () => {
    const edit = withScripts('{"scripts":{"cutover":"other"}}', WANTED);
    expect(edit).toMatchObject({ added: ['cutover:status'], taken: ['cutover'] });
    expect(parsed(edit?.text)).toEqual({ scripts: { cutover: 'other', 'cutover:status': 'cutover status' } });
    expect(withScripts('{"scripts":[]}', WANTED)).toBeNull();
  });

  it('writes for every package.json what npm would write, and nothing the second time', () => {
    const json = fc.dictionary(fc.string(), fc.jsonValue());
    const scripts = fc.option(fc.dictionary(fc.string(), fc.string()), { nil: undefined });
    const layout = fc.constantFrom(2, 4, '\t', 0);
    fc.assert(
      fc.property(json, scripts, json, layout, (before, there, after, indent) => {
        const manifest: Record<string, unknown> = {
          ...before,
          ...(there === undefined ? {} : { scripts: there }),
          ...after,
        };
        delete manifest['__proto__'];
        if (typeof manifest['scripts'] !== 'object') delete manifest['scripts'];
        const text = JSON.stringify(manifest, null, indent);
        const edit = withScripts(text, WANTED);
        if (edit === null) return;
        // Read again from the text: JSON has no -0.
        const known = Object(parsed(text));
        expect(parsed(edit.text)).toEqual({ ...known, scripts: { ...WANTED, ...known.scripts } });
        if (text.includes('\n') && text !== '{}')
          expect(edit.text).toBe(JSON.stringify(parsed(edit.text), null, indent));
        expect(withScripts(edit.text, WANTED)).toMatchObject({ text: edit.text, added: [] });
      }),
    );
  });
});

function parsed(text: string | undefined): unknown {
  return JSON.parse((text ?? '').replace('\uFEFF', ''));
}
