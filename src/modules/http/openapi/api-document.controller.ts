import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { Get, Inject, Param, Req, Res } from '@nestjs/common';
import type { OpenAPIObject } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { InvalidRequestError } from '../../../contracts/errors.js';
import { GuidesController } from '../guides-controller.js';
import { ApiDocument } from './api-document.js';
import { Documented } from './documented.js';
import { API_DOCUMENT, DOCS, DOCS_FILE } from './routes.js';

const require = createRequire(import.meta.url);

const UI_FILES = ['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png'];
/** Everything from this host, so that a page behind a login shows itself to nobody else; styles are what the page itself sets. */
const POLICY = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'";

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Guides bulk asset processing</title>
<link rel="stylesheet" href="docs/swagger-ui.css">
<link rel="icon" type="image/png" href="docs/favicon-32x32.png">
</head>
<body>
<div id="swagger-ui"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
`;
const START = `SwaggerUIBundle({ url: 'openapi.json', dom_id: '#swagger-ui', deepLinking: true, validatorUrl: null });\n`;

/** What this API takes and answers, for programs and for people. */
@GuidesController('')
export class ApiDocumentController {
  constructor(@Inject(ApiDocument) private readonly document: ApiDocument) {}

  @Documented(API_DOCUMENT)
  @Get('openapi.json')
  openapi(): Promise<OpenAPIObject> {
    return this.document.read();
  }

  @Documented(DOCS)
  @Get('docs')
  page(@Req() request: Request, @Res() response: Response): void {
    response.setHeader('Content-Security-Policy', POLICY);
    // Express takes `docs/` for `docs`; a browser looks for the page's files in another place then.
    const isBelow = /\/(?:\?|$)/.test(request.originalUrl);
    response.type('html').send(isBelow ? PAGE.replace('<head>', '<head>\n<base href="../">') : PAGE);
  }

  @Documented(DOCS_FILE)
  @Get('docs/:file')
  file(@Param('file') file: string, @Res() response: Response): void {
    if (file === 'start.js') {
      response.type('js').send(START);
      return;
    }
    if (!UI_FILES.includes(file)) throw new InvalidRequestError(`There is no docs/${file.slice(0, 64)}.`);
    const root = dirname(require.resolve('swagger-ui-dist/package.json'));
    response.sendFile(file, { root, etag: false, lastModified: false, cacheControl: false, acceptRanges: false });
  }
}
