/** Distinct statements remembered; the code has far fewer. */
const MAX_REMEMBERED = 2000;

/** Every table and index of ours begins so; no column does. */
const OURS = /\b(?=(?:guides|jcr)_[a-z])/g;

/** Puts a prefix before the names of our tables and indexes, wherever a statement has them. */
export class TableNames {
  private readonly remembered = new Map<string, string>();

  /** @param prefix letters, digits and `_`; empty: the names as they are. */
  constructor(private readonly prefix: string = '') {}

  /** The statement, or a single name, as the database knows it. */
  in(sql: string): string {
    if (this.prefix === '') return sql;
    const known = this.remembered.get(sql);
    if (known !== undefined) return known;
    const named = sql.replace(OURS, this.prefix);
    if (this.remembered.size >= MAX_REMEMBERED) this.remembered.clear();
    this.remembered.set(sql, named);
    return named;
  }
}
