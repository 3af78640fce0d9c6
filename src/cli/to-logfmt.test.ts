import { describe, expect, it } from 'vitest';
import { toLogfmt } from './to-logfmt.ts';

describe('toLogfmt', () => {
  it.each([
    [{ a: 'plain', b: 1.5, c: true, d: null }, 'a=plain b=1.5 c=true d=null'],
    [{ a: '' }, 'a=""'],
    [{ a: 'two words' }, 'a="two words"'],
    [{ a: 'x=y' }, 'a="x=y"'],
    [{ a: 'say "hi"' }, String.raw`a="say \"hi\""`],
    [{ a: String.raw`C:\runs` }, String.raw`a="C:\\runs"`],
    [{ a: 'one\nlevel=error msg=forged' }, String.raw`a="one\nlevel=error msg=forged"`],
    [{ a: '\u001B[31m' }, String.raw`a="\u001b[31m"`],
    [{ a: 'größe' }, 'a=größe'],
    [{ a: ['x', 1] }, String.raw`a="[\"x\",1]"`],
    [{ a: [1, 2] }, 'a=[1,2]'],
    [{ 'a key="b"': 1 }, 'a_key__b_=1'],
    [{ '': 1 }, '_=1'],
    [{ a: undefined }, ''],
    [{ b: 1, msg: 'm', level: 'info', ts: 't' }, 'ts=t level=info msg=m b=1'],
  ])('writes %j', (record, line) => {
    const written = toLogfmt(record);

    expect(written).toBe(line);
  });
});
