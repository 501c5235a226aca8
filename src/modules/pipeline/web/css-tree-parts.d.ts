// The package's types know only its whole, whose lexer alone takes megabytes in every thread; these are the parts that are used.
declare module 'css-tree/tokenizer' {
  export { tokenize, tokenTypes } from 'css-tree';
}

declare module 'css-tree/utils' {
  export { string, url } from 'css-tree';
}
