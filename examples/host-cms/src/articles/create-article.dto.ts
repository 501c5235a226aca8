import { IsNotEmpty, IsString, Matches } from 'class-validator';

export class CreateArticleDto {
  @Matches(/^[a-z0-9-]{1,80}$/)
  slug!: string;
  @IsString()
  @IsNotEmpty()
  title!: string;
  @IsString()
  body!: string;
}
