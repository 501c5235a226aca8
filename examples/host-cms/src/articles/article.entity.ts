import { Column, Entity, PrimaryColumn } from 'typeorm';

@Entity('cms_article')
export class Article {
  @PrimaryColumn('text')
  slug!: string;
  @Column('text')
  title!: string;
  @Column('text')
  body!: string;
}
