import { csvRow } from './csv.js';

describe('csvRow', () => {
  it.each([
    [['a', 1, null], 'a,1,\r\n'],
    [['a,b', 'c"d', 'e\nf', 'g\rh'], '"a,b","c""d","e\nf","g\rh"\r\n'],
    [['=1+1', '+1', '-1', '@x', '\t=1'], "'=1+1,'+1,'-1,'@x,'\t=1\r\n"],
    [['\r=1', 'a=1'], '"\'\r=1",a=1\r\n'],
    [[-1], '-1\r\n'],
  ])('writes %j', (values, row) => {
    expect(csvRow(values)).toBe(row);
  });
});
