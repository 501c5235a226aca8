import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A file that somebody uploaded, and what processing has found out about it. */
@Entity('cms_medium')
export class Medium {
  /** Repository path, e.g. `/content/cms/media/photo.png`. */
  @PrimaryColumn('text')
  path!: string;
  @Column('blob', { select: false })
  bytes!: Buffer;
  /** Of the bytes, lower-case hex: what has not changed need not be processed again. */
  @Column('text')
  sha256!: string;
  /** Rises with every upload. */
  @Column('integer')
  version!: number;
  /** Epoch milliseconds. */
  @Column('integer', { name: 'created_at' })
  createdAt!: number;
  @Column('text', { nullable: true })
  title!: string | null;
  /** JSON array. */
  @Column('text', { nullable: true })
  keywords!: string | null;
  @Column('integer', { nullable: true })
  width!: number | null;
  @Column('integer', { nullable: true })
  height!: number | null;
  /** new, SUCCESS or FAILED. */
  @Column('text')
  state!: string;
  @Column('text', { nullable: true })
  guid!: string | null;
}
